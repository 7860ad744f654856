import { RightOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { ToneIcon } from "@/components/status-word";
import type { Check } from "./api/get-health";
import styles from "./health.module.css";
import { RemedyText } from "./remedy-text";

/** What is worth knowing and asks nothing of anybody: a line each, the rest folded. */
export function Notes({ checks }: { checks: readonly Check[] }) {
  const { t } = useTranslation("health");
  if (checks.length === 0) return null;
  return (
    <section className={styles["panel"]} aria-label={t("notes")}>
      <h2 className={styles["panelTitle"]}>
        {t("notes")} <span className={styles["count"]}>{checks.length}</span>
      </h2>
      {checks.map((check) => (
        <details key={`${check.code} ${check.component}`} className={styles["note"]}>
          <summary>
            <ToneIcon tone="info" />
            <span className={styles["quietTitle"]}>{check.title}</span>
            <span className={styles["quietCause"]}>{check.cause}</span>
            <RightOutlined aria-hidden className={styles["fold"]} />
          </summary>
          <div className={styles["unfolded"]}>
            <p>{check.cause}</p>
            <p>
              <RemedyText text={check.remedy} />
            </p>
            <CopyCode value={check.code} />
          </div>
        </details>
      ))}
    </section>
  );
}
