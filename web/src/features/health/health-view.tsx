import { useTranslation } from "react-i18next";
import type { Health } from "./api/get-health";
import { AttentionCard } from "./attention-card";
import styles from "./health.module.css";
import { InstallationFacts } from "./installation-facts";
import { MissingParts } from "./missing-parts";
import { Notes } from "./notes";
import { QuietChecks } from "./quiet-checks";
import { summarize } from "./summary";
import { Verdict } from "./verdict";

interface Props {
  health: Health;
  /** When this was learnt. */
  asOf: Date;
  /** The server is away: what is shown is the last that is known. */
  stale: boolean;
}

/** The health of the installation in words: the answer, what to do, then what is fine. */
export function HealthView({ health, asOf, stale }: Props) {
  const { t } = useTranslation("health");
  const summary = summarize(health);
  return (
    <div className={styles["page"]}>
      <Verdict summary={summary} installation={health.installation} asOf={asOf} stale={stale} />
      <div className={styles["columns"]}>
        <div className={styles["main"]}>
          {summary.attention.length > 0 ? (
            <section aria-label={t("attention")} className={styles["cards"]}>
              {summary.attention.map((check) => (
                <AttentionCard key={`${check.code} ${check.component}`} check={check} />
              ))}
            </section>
          ) : null}
          <Notes checks={summary.notes} />
          <QuietChecks label={t("fine")} checks={summary.fine} />
        </div>
        <div className={styles["aside"]}>
          <InstallationFacts installation={health.installation} />
          <MissingParts parts={health.parts} />
        </div>
      </div>
    </div>
  );
}
