import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { clockTime } from "@/lib/format/time";
import { useNow } from "@/lib/format/use-now";
import { useSpan } from "@/lib/format/use-span";
import type { Health } from "./api/get-health";
import styles from "./health.module.css";
import type { Summary } from "./summary";

interface Props {
  summary: Summary;
  installation: Health["installation"];
  asOf: Date;
  stale: boolean;
}

/** The whole page in one sentence. */
export function Verdict({ summary, installation, asOf, stale }: Props) {
  const { t } = useTranslation("health");
  const span = useSpan();
  const now = useNow();
  const { faults, warnings, fine, notes } = summary;
  const troubled = faults + warnings;
  const tone = faults > 0 ? "fault" : warnings > 0 ? "warning" : "ok";
  const Icon = { ok: CheckCircleFilled, warning: ExclamationCircleFilled, fault: CloseCircleFilled }[tone];

  const sentence = troubled === 0 ? t("allWell") : t("toDo", { count: troubled });
  const parts: string[] = [];
  if (faults > 0) parts.push(t("faults", { count: faults }));
  if (warnings > 0) parts.push(t("warnings", { count: warnings }));
  parts.push(t(troubled > 0 ? "restFine" : "passed", { count: fine.length }));
  if (notes.length > 0) parts.push(t("noted", { count: notes.length }));
  parts.push(t("running", { span: span(now.getTime() - new Date(installation.started_at).getTime()) }));

  return (
    <section className={styles["verdict"]} data-tone={tone} data-stale={stale || undefined} aria-label={t("verdict")}>
      <span className={styles["mark"]} aria-hidden>
        <Icon />
      </span>
      <div>
        <p className={styles["sentence"]}>{stale ? t("lastKnown", { sentence }) : sentence}</p>
        <p className={styles["under"]}>{parts.join(t("separator"))}</p>
      </div>
      <p className={styles["asOf"]}>{t("asOf", { time: clockTime(asOf) })}</p>
    </section>
  );
}
