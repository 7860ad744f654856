import { ToneIcon } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useTranslation } from "react-i18next";
import type { Check } from "./api/get-health";
import styles from "./health.module.css";

/** Checks that need nobody, one line each. */
export function QuietChecks({ label, checks }: { label: string; checks: readonly Check[] }) {
  const { t } = useTranslation("health");
  if (checks.length === 0) return null;
  return (
    <section className={styles["panel"]} aria-label={label}>
      <h2 className={styles["panelTitle"]}>
        {label} <span className={styles["count"]}>{checks.length}</span>
      </h2>
      <ul className={styles["quiet"]}>
        {checks.map((check) => (
          <li key={`${check.code} ${check.component}`}>
            <ToneIcon tone="ok" />
            <span className={styles["quietTitle"]}>{check.title}</span>
            <span className={styles["quietCause"]} title={check.cause}>
              {check.cause}
            </span>
            <code className={styles["quietCode"]}>{check.code}</code>
            <span className={styles["quietSince"]}>
              {t("since")} <TimeText value={check.since} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
