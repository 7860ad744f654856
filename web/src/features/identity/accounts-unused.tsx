import { useInfiniteQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { TimeText } from "@/components/time-text";
import styles from "./accounts.module.css";
import { unusedQuery, type UnusedAccount } from "./api/accounts";

/** For how many days nobody has signed in. */
export const UNUSED_SPANS = ["30", "90", "180"] as const;
export type UnusedSpan = (typeof UNUSED_SPANS)[number];

interface Props {
  days: UnusedSpan;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** Active accounts that nobody has used for long: the ones to ask about, and to suspend. */
export function UnusedList({ days, openId, onOpen }: Props) {
  const { t } = useTranslation(["accounts", "common"]);
  const list = useInfiniteQuery(unusedQuery(Number(days)));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const retry = () => void (list.data ? list.fetchNextPage() : list.refetch());
  const columns: Column<UnusedAccount>[] = [
    { key: "number", title: t("accounts:number"), width: 104, render: (row) => <span className="figures">{row.number}</span> },
    { key: "name", title: t("accounts:name"), width: 160, render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "centre", title: t("accounts:centre"), render: (row) => <span title={row.centre_name}>{row.centre_name}</span> },
    {
      key: "last_sign_in_at",
      title: t("accounts:lastSignIn"),
      width: 150,
      render: (row) => (row.last_sign_in_at === null ? t("accounts:never") : <TimeText value={row.last_sign_in_at} />),
    },
    { key: "created_at", title: t("accounts:unused.openedAt"), width: 150, inDetails: true, render: (row) => <TimeText value={row.created_at} /> },
  ];
  if (rows.length === 0) {
    return (
      <div className={styles["blank"]}>
        {list.error ? (
          <ErrorNote what={t("accounts:unused.loadFailed")} error={list.error} onRetry={retry} />
        ) : list.isPending ? (
          <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
        ) : (
          <EmptyState title={t("accounts:unused.none")}>{t("accounts:unused.noneHint")}</EmptyState>
        )}
      </div>
    );
  }
  return (
    <DataTable
      id="unused-accounts"
      positionKey={`unused accounts ${days}`}
      label={t("accounts:tabs.unused")}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      openKey={openId}
      onOpen={onOpen}
      onNearEnd={() => {
        if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
      }}
      footer={
        list.error ? (
          <ErrorNote what={t("accounts:moreFailed")} error={list.error} onRetry={retry} />
        ) : list.hasNextPage ? (
          t("common:loadingMore")
        ) : (
          t("common:endOfList", { count: rows.length })
        )
      }
    />
  );
}
