import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useNow } from "@/lib/format/use-now";
import { useSpan } from "@/lib/format/use-span";
import type { Check } from "./api/get-health";
import styles from "./health.module.css";
import { RemedyText } from "./remedy-text";

/** One thing that needs somebody: what, why, what to do, and the code to search or report. */
export function AttentionCard({ check }: { check: Check }) {
  const { t } = useTranslation("health");
  const span = useSpan();
  const now = useNow();
  const tone = check.severity === "fault" ? "fault" : "warning";
  return (
    <article className={styles["card"]} data-tone={tone}>
      <header>
        <StatusWord tone={tone}>{t(`severity.${tone}`)}</StatusWord>
        <h2>{check.title}</h2>
        <span className={styles["since"]}>
          <TimeText value={check.since} />
          {t("lasting", { span: span(now.getTime() - new Date(check.since).getTime()) })}
        </span>
      </header>
      <dl className={styles["reasons"]}>
        {check.cause ? (
          <>
            <dt>{t("cause")}</dt>
            <dd>{check.cause}</dd>
          </>
        ) : null}
        {check.remedy ? (
          <>
            <dt>{t("remedy")}</dt>
            <dd className={styles["remedy"]}>
              <RemedyText text={check.remedy} />
            </dd>
          </>
        ) : null}
      </dl>
      <footer>
        <CopyCode value={check.code} />
        {check.details.map(({ name, value }) => (
          <span key={name}>
            {name} <b>{value}</b>
          </span>
        ))}
      </footer>
    </article>
  );
}
