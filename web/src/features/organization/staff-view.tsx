import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Skeleton, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BulkBar } from "@/components/bulk-bar";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { staffKey, staffListQuery, type Staff, type StaffFilter } from "./api/staff";
import { GrantDialog } from "./grant-dialog";
import { MoveStaffDialog } from "./move-staff-dialog";
import styles from "./people.module.css";
import { StaffDrawer } from "./staff-drawer";
import { StaffFilters } from "./staff-filters";
import { StaffPane } from "./staff-pane";
import { useAllRows } from "./use-all-rows";
import { useStaffColumns } from "./use-staff-columns";

interface Props {
  filter: StaffFilter;
  onFilter: (filter: StaffFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

type Asking = "new" | "move" | "grant" | null;

/** The staff of one's part of the country by number, with the details beside the list. */
export function StaffView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation(["staff", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const list = useInfiniteQuery(staffListQuery(filter));
  const { rows, loadMore, retry } = useAllRows<Staff>(list, (row) => row.id);
  const columns = useStaffColumns();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<Asking>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: staffKey });
  useLiveTopic("staff.changed", refresh);
  const editable = can("organization.staff.edit");
  const makeNew = () => {
    setAsking("new");
  };
  useShortcut({ id: "staff.new", keys: "n", label: t("staff:new"), group: "page", enabled: editable, run: makeNew });

  const close = () => {
    setAsking(null);
  };
  const chosen = rows.filter((row) => ticked.has(row.id));
  const done = () => {
    setTicked(new Set());
    refresh();
  };
  const narrowed = (Object.values(filter) as unknown[]).some((value) => value !== undefined);
  const newButton = editable ? (
    <Tooltip title={t("staff:newKey")}>
      <Button type="primary" onClick={makeNew}>
        {t("staff:new")}
      </Button>
    </Tooltip>
  ) : null;

  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("staff:title")}
        note={t("staff:note")}
        help="organization.staff"
        actions={
          <>
            <ExcelMenu
              exportPath="/api/staff/export"
              importPath={can("organization.staff.import") ? "/api/staff/import" : undefined}
              query={{ ...filter }}
              columnName={(key) => t(`staff:columns.${key}`, { defaultValue: key })}
              onImported={refresh}
            />
            {newButton}
          </>
        }
      />
      <div className={styles["filters"]}>
        <StaffFilters filter={filter} onFilter={onFilter} />
        <div className={styles["end"]}>
          <SavedViews page="organization.staff" value={filter} onApply={onFilter} />
        </div>
      </div>
      <BulkBar
        count={chosen.length}
        onClear={() => {
          setTicked(new Set());
        }}
      >
        {editable ? (
          <Button
            size="small"
            onClick={() => {
              setAsking("move");
            }}
          >
            {t("staff:move")}
          </Button>
        ) : null}
        {can("organization.skill.edit") ? (
          <Button
            size="small"
            onClick={() => {
              setAsking("grant");
            }}
          >
            {t("staff:grant")}
          </Button>
        ) : null}
      </BulkBar>
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="staff"
            positionKey={`staff ${JSON.stringify(filter)}`}
            label={t("staff:title")}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            openKey={openId}
            onOpen={onOpen}
            onNearEnd={loadMore}
            ticked={editable || can("organization.skill.edit") ? ticked : undefined}
            onTick={setTicked}
            footer={
              list.error ? (
                <ErrorNote what={t("staff:moreFailed")} error={list.error} onRetry={retry} />
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
              <ErrorNote what={t("staff:loadFailed")} error={list.error} onRetry={retry} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
            ) : (
              <EmptyState
                title={t(narrowed ? "staff:nothingMatches" : "staff:empty")}
                action={
                  narrowed ? (
                    <Button
                      onClick={() => {
                        onFilter({});
                      }}
                    >
                      {t("staff:showAll")}
                    </Button>
                  ) : (
                    newButton
                  )
                }
              >
                {t(narrowed ? "staff:nothingMatchesHint" : "staff:emptyHint")}
              </EmptyState>
            )}
          </div>
        )}
        {openId !== null ? (
          <StaffPane
            id={openId}
            onClose={() => {
              onOpen(null);
            }}
          />
        ) : null}
      </div>
      <StaffDrawer
        open={asking === "new"}
        staff={null}
        centre={filter.centre}
        onClose={close}
        onSaved={(id) => {
          refresh();
          onOpen(id);
        }}
      />
      <MoveStaffDialog open={asking === "move"} staff={chosen} onClose={close} onMoved={done} />
      <GrantDialog open={asking === "grant"} staff={chosen} onClose={close} onGranted={done} />
    </div>
  );
}
