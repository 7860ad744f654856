import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Skeleton, Tooltip } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { useNow } from "@/lib/format/use-now";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { recordingsKey, recordingsQuery } from "./api/recordings";
import { isNarrowed, queryOf, type RecordingFilter } from "./filter";
import { FindDrawer } from "./find-drawer";
import { useRecordingColumns } from "./recording-columns";
import { RecordingFilters } from "./recording-filters";
import { RecordingPane } from "./recording-pane";
import styles from "./recording.module.css";

interface Props {
  filter: RecordingFilter;
  onFilter: (filter: RecordingFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** Recordings of calls, the newest first, with the player beside the list. */
export function RecordingsView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation(["recording", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const today = useNow(60_000).toDateString();
  const query = useMemo(() => queryOf(filter, new Date(today)), [filter, today]);
  const list = useInfiniteQuery(recordingsQuery(query));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = useRecordingColumns();
  const [finding, setFinding] = useState(false);
  useLiveTopic("recordings.changed", () => void client.invalidateQueries({ queryKey: recordingsKey }));
  const find = () => {
    setFinding(true);
  };
  useShortcut({ id: "recordings.find", keys: "f", label: t("recording:find"), group: "page", run: find });
  const actions = (
    <>
      <SavedViews page="voice.recording" value={filter} onApply={onFilter} />
      {can("voice.recording.export") ? <ExcelMenu exportPath="/api/recordings/export" query={{ ...query }} /> : null}
      <Tooltip title={t("recording:findKey")}>
        <Button onClick={find}>{t("recording:find")}</Button>
      </Tooltip>
    </>
  );
  return (
    <div className={styles["page"]}>
      <PageHeader title={t("recording:title")} note={t("recording:pageNote")} actions={actions} help="voice.recording" />
      <RecordingFilters filter={filter} onFilter={onFilter} />
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="recordings"
            positionKey={`recordings ${JSON.stringify(filter)}`}
            label={t("recording:title")}
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
                <ErrorNote what={t("recording:loadFailed")} error={list.error} onRetry={() => void list.fetchNextPage()} />
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
              <ErrorNote what={t("recording:loadFailed")} error={list.error} onRetry={() => void list.refetch()} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
            ) : isNarrowed(filter) || filter.range !== "all" ? (
              <EmptyState
                title={t("recording:nothingMatches")}
                action={
                  <Button
                    onClick={() => {
                      onFilter({ range: "all" });
                    }}
                  >
                    {t("recording:showAll")}
                  </Button>
                }
              >
                {t("recording:nothingMatchesHint")}
              </EmptyState>
            ) : (
              <EmptyState title={t("recording:empty")}>{t("recording:emptyHint")}</EmptyState>
            )}
          </div>
        )}
        {openId !== null ? (
          <RecordingPane
            id={openId}
            onClose={() => {
              onOpen(null);
            }}
          />
        ) : null}
      </div>
      <FindDrawer
        open={finding}
        onClose={() => {
          setFinding(false);
        }}
        onChoose={(id) => {
          setFinding(false);
          onOpen(id);
        }}
      />
    </div>
  );
}
