import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { DetailsList } from "@/components/details-list";
import { TimeText } from "@/components/time-text";
import type { Health } from "./api/get-health";
import styles from "./health.module.css";

/** What is installed here, for a report or a call to those who help. */
export function InstallationFacts({ installation }: { installation: Health["installation"] }) {
  const { t } = useTranslation("health");
  return (
    <section className={styles["panel"]} aria-label={t("installation")}>
      <h2 className={styles["panelTitle"]}>{t("installation")}</h2>
      <div className={styles["facts"]}>
        <DetailsList
          items={[
            { name: t("version"), value: installation.version },
            {
              name: t("revision"),
              value: installation.revision ? <CopyCode value={installation.revision.slice(0, 12)} /> : "",
            },
            { name: t("node"), value: installation.node },
            { name: t("roles"), value: installation.roles.join(", ") },
            { name: t("startedAt"), value: <TimeText value={installation.started_at} full /> },
            { name: t("database"), value: installation.database },
            { name: t("dataDir"), value: installation.data_dir ? <CopyCode value={installation.data_dir} wrap /> : "" },
          ]}
        />
      </div>
    </section>
  );
}
