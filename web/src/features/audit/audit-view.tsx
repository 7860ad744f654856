import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { ReloadOutlined } from "@ant-design/icons";
import { Button, Skeleton, Tooltip } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { useNow } from "@/lib/format/use-now";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { entriesKey, entriesQuery } from "./api/list-entries";
import styles from "./audit.module.css";
import { EntryPane } from "./entry-pane";
import { FilterBar } from "./filter-bar";
import { isNarrowed, queryOf, type AuditFilter } from "./filter";
import { SealBar } from "./seal-bar";
import { useEntryColumns } from "./use-entry-columns";

interface Props {
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** Who did what, newest first, with the changes beside the list and the state of the seal above it. */
export function AuditView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation(["audit", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const today = useNow(60_000).toDateString();
  // The same query all day, so that the list does not start over each minute.
  const query = useMemo(() => queryOf(filter, new Date(today)), [filter, today]);
  const list = useInfiniteQuery(entriesQuery(query));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = useEntryColumns();
  const refresh = () => void client.resetQueries({ queryKey: entriesKey });
  useShortcut({ id: "audit.refresh", keys: ".", label: t("audit:refresh"), group: "page", run: refresh });
  const loadMore = () => {
    if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
  };
  const retry = () => void (list.data ? list.fetchNextPage() : list.refetch());

  const actions = (
    <>
      <Tooltip title={t("audit:refreshKey")}>
        <Button icon={<ReloadOutlined aria-hidden />} aria-label={t("audit:refresh")} loading={list.isRefetching} onClick={refresh} />
      </Tooltip>
      {can("audit.entry.export") ? <ExcelMenu exportPath="/api/audit-entries/export" query={{ ...query }} /> : null}
    </>
  );

  return (
    <div className={styles["page"]}>
      <PageHeader title={t("audit:title")} note={t("audit:note")} actions={actions} help="audit.entry" />
      <SealBar />
      <div className={styles["bar"]}>
        <FilterBar filter={filter} onFilter={onFilter} />
        <SavedViews page="audit.entry" value={filter} onApply={onFilter} />
      </div>
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="audit"
            positionKey={`audit ${JSON.stringify(query)}`}
            label={t("audit:title")}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            openKey={openId}
            onOpen={onOpen}
            onNearEnd={loadMore}
            footer={
              list.error ? (
                <ErrorNote what={t("audit:moreFailed")} error={list.error} onRetry={retry} />
              ) : list.hasNextPage ? (
                t("common:loadingMore")
              ) : (
                t("common:endOfList", { count: rows.length })
              )
            }
          />
        ) : (
          <div className={styles["blank"]}>
            {list.error ? (
              <ErrorNote what={t("audit:loadFailed")} error={list.error} onRetry={retry} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
            ) : (
              <EmptyState
                title={t("audit:nothing")}
                action={
                  <Button
                    onClick={() => {
                      onFilter(isNarrowed(filter) ? { range: filter.range, from: filter.from, to: filter.to } : { range: "all" });
                    }}
                  >
                    {t(isNarrowed(filter) ? "audit:clearFilters" : "audit:allTime")}
                  </Button>
                }
              >
                {t("audit:nothingHint")}
              </EmptyState>
            )}
          </div>
        )}
        {openId !== null ? (
          <EntryPane
            id={openId}
            onClose={() => {
              onOpen(null);
            }}
            onOnly={onFilter}
          />
        ) : null}
      </div>
    </div>
  );
}
