import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { PageHeader } from "@/components/page-header";
import { useHealth } from "@/features/health/api/get-health";
import { HealthView } from "@/features/health/health-view";
import { useLanguage } from "@/lib/i18n/hooks";
import { useConnection } from "@/lib/live/context";
import styles from "./pages.module.css";

export function HealthPage() {
  const { t } = useTranslation("health");
  const health = useHealth(useLanguage());
  const connection = useConnection();
  return (
    <>
      <PageHeader title={t("title")} help="platform.health" />
      {health.data ? (
        <HealthView health={health.data} asOf={new Date(health.dataUpdatedAt)} stale={connection === "lost"} />
      ) : health.error ? (
        <div className={styles["block"]}>
          <ErrorNote what={t("loadFailed")} error={health.error} onRetry={() => void health.refetch()} />
        </div>
      ) : (
        <div className={styles["block"]}>
          <Skeleton active paragraph={{ rows: 6 }} />
        </div>
      )}
    </>
  );
}
