import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { deliveriesQuery } from "./api/list-deliveries";
import { DeliveryRow } from "./delivery-row";
import { useReplayDelivery } from "./api/replay-delivery";
import styles from "./webhook.module.css";

const REFRESH_MS = 5_000;

/** What was delivered to one subscriber, newest first. */
export function DeliveryList({ webhook }: { webhook: string }) {
  const { t } = useTranslation(["webhook", "common"]);
  const list = useInfiniteQuery({
    ...deliveriesQuery(webhook),
    // Only while somebody reads the newest page: older pages do not change.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? REFRESH_MS : false),
  });
  const replay = useReplayDelivery(webhook);
  const rows = (list.data?.pages ?? []).flatMap((page) => page.items);

  return (
    <section aria-label={t("webhook:deliveries")} className={styles["deliveries"]}>
      <h3>{t("webhook:deliveries")}</h3>
      {replay.error ? <ErrorNote what={t("webhook:replayFailed")} error={replay.error} /> : null}
      {list.isPending ? <Skeleton active title={false} paragraph={{ rows: 5, width: "100%" }} /> : null}
      {list.isSuccess && rows.length === 0 ? <p className={styles["muted"]}>{t("webhook:noDeliveries")}</p> : null}
      <ul>
        {rows.map((delivery) => (
          <DeliveryRow
            key={delivery.id}
            delivery={delivery}
            replaying={replay.isPending && replay.variables === delivery.id}
            onReplay={() => {
              replay.mutate(delivery.id);
            }}
          />
        ))}
      </ul>
      {list.error ? (
        <ErrorNote what={t("webhook:deliveriesFailed")} error={list.error} onRetry={() => void list.refetch()} />
      ) : null}
      {list.hasNextPage ? (
        <Button size="small" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("webhook:older")}
        </Button>
      ) : null}
    </section>
  );
}
