import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Skeleton, Tooltip } from "antd";
import { useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { segmentsKey, versionsQuery } from "./api/segments";
import { FormDrawer } from "./form-drawer";
import { ImportForm } from "./import-form";
import styles from "./numbering.module.css";
import { PortedList } from "./ported-list";
import { useVersionColumns } from "./version-columns";
import { VersionPane } from "./version-pane";

export type SegmentsTab = "versions" | "ported";

interface Props {
  tab: SegmentsTab;
  onTab: (tab: SegmentsTab) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** Where numbers are at home: versions of the segment table, and single ported numbers. */
export function SegmentsView({ tab, onTab, openId, onOpen }: Props) {
  const { t } = useTranslation("numbering");
  const { can } = useSession();
  const [importing, setImporting] = useState(false);
  const editor = can("numbering.segment.edit");
  const start = () => {
    setImporting(true);
  };
  useShortcut({ id: "segments.import", keys: "n", label: t("importSegments"), group: "page", enabled: editor, run: start });
  const importButton = editor ? (
    <Tooltip title={t("importKey")}>
      <Button type="primary" onClick={start}>
        {t("importSegments")}
      </Button>
    </Tooltip>
  ) : null;
  return (
    <div className={styles["page"]}>
      <PageHeader title={t("segmentsTitle")} note={t("segmentsNote")} actions={<>{tab === "versions" ? <ExcelMenu exportPath="/api/number-segments/versions/export" /> : null}{importButton}</>} help="numbering.segment" />
      {can("numbering.ported.read") ? (
        <div className={styles["filters"]}>
          <Chips
            label={t("show")}
            value={tab}
            chips={[{ value: "versions", label: t("versions") }, { value: "ported", label: t("ported") }]}
            onChange={onTab}
          />
        </div>
      ) : null}
      {tab === "ported" ? <PortedList openId={openId} onOpen={onOpen} /> : <Versions openId={openId} onOpen={onOpen} importButton={importButton} />}
      <FormDrawer
        open={importing}
        title={t("importSegments")}
        submit={t("importStart")}
        onClose={() => {
          setImporting(false);
        }}
      >
        {(id, onBusy) => (
          <ImportForm
            id={id}
            onBusy={onBusy}
            onStarted={(number) => {
              setImporting(false);
              onTab("versions");
              onOpen(String(number));
            }}
          />
        )}
      </FormDrawer>
    </div>
  );
}

function Versions({ openId, onOpen, importButton }: { openId: string | null; onOpen: (id: string | null) => void; importButton: ReactNode }) {
  const { t } = useTranslation(["numbering", "common"]);
  const client = useQueryClient();
  const list = useInfiniteQuery(versionsQuery);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = useVersionColumns();
  useLiveTopic("number-segments.changed", () => void client.invalidateQueries({ queryKey: segmentsKey }));
  const number = Number(openId);
  return (
    <div className={styles["split"]}>
      {rows.length > 0 ? (
        <DataTable
          id="segment-versions"
          positionKey="segment versions"
          label={t("numbering:versions")}
          columns={columns}
          rows={rows}
          rowKey={(row) => String(row.number)}
          openKey={openId}
          onOpen={onOpen}
          onNearEnd={() => {
            if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
          }}
          footer={list.hasNextPage ? t("common:loadingMore") : t("common:endOfList", { count: rows.length })}
        />
      ) : (
        <div className={styles["blank"]}>
          {list.error ? (
            <ErrorNote what={t("numbering:versionsFailed")} error={list.error} onRetry={() => void list.refetch()} />
          ) : list.isPending ? (
            <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
          ) : (
            <EmptyState title={t("numbering:versionsEmpty")} action={importButton}>
              {t("numbering:versionsEmptyHint")}
            </EmptyState>
          )}
        </div>
      )}
      {openId !== null && Number.isInteger(number) && number > 0 ? (
        <VersionPane
          key={number}
          number={number}
          onClose={() => {
            onOpen(null);
          }}
        />
      ) : null}
    </div>
  );
}
