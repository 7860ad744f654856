import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Skeleton, Tooltip } from "antd";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { calledKey, calledQuery, KINDS, STATES, type CalledDetail, type CalledFilter } from "./api/called";
import { useCalledColumns } from "./called-columns";
import { CalledForm } from "./called-form";
import { CalledPane } from "./called-pane";
import { FormDrawer } from "./form-drawer";
import styles from "./numbering.module.css";
import { TryDrawer } from "./try-drawer";

interface Props {
  filter: CalledFilter;
  onFilter: (filter: CalledFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** Called numbers and access codes, with their details beside the list and a try-out. */
export function NumbersView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation(["numbering", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const list = useInfiniteQuery(calledQuery(filter));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = useCalledColumns();
  const [editing, setEditing] = useState<{ entry?: CalledDetail } | null>(null);
  const [trying, setTrying] = useState<string | null>(null);
  const search = useRef<HTMLSpanElement>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: calledKey });
  useLiveTopic("called-numbers.changed", refresh);
  const editor = can("numbering.called.edit");
  const add = () => {
    setEditing({});
  };
  const startTrying = () => {
    setTrying("");
  };
  useShortcut({ id: "numbers.new", keys: "n", label: t("numbering:add"), group: "page", enabled: editor, run: add });
  useShortcut({ id: "numbers.try", keys: "t", label: t("numbering:tryTitle"), group: "page", run: startTrying });
  useShortcut({ id: "numbers.search", keys: "/", label: t("numbering:search"), group: "page", run: () => search.current?.querySelector("input")?.focus() });

  const filtered = filter.kind !== undefined || filter.state !== undefined || filter.q !== undefined;
  const addButton = editor ? (
    <Tooltip title={t("numbering:addKey")}>
      <Button type="primary" onClick={add}>
        {t("numbering:add")}
      </Button>
    </Tooltip>
  ) : null;
  const actions = (
    <>
      <SavedViews page="numbering.called" value={filter} onApply={onFilter} />
      <ExcelMenu
        exportPath="/api/called-numbers/export"
        importPath={editor ? "/api/called-numbers/import" : undefined}
        query={{ ...filter }}
        onImported={refresh}
      />
      <Tooltip title={t("numbering:tryKey")}>
        <Button onClick={startTrying}>{t("numbering:try")}</Button>
      </Tooltip>
      {addButton}
    </>
  );

  return (
    <div className={styles["page"]}>
      <PageHeader title={t("numbering:title")} note={t("numbering:pageNote")} actions={actions} help="numbering.called" />
      <div className={styles["filters"]}>
        <span ref={search}>
          <Input.Search
            key={filter.q ?? ""}
            size="small"
            allowClear
            defaultValue={filter.q}
            maxLength={100}
            aria-label={t("numbering:search")}
            placeholder={t("numbering:search")}
            onSearch={(q) => {
              onFilter({ ...filter, q: q.trim() || undefined });
            }}
          />
        </span>
        <Chips
          label={t("numbering:kind")}
          value={filter.kind ?? "all"}
          chips={[{ value: "all", label: t("common:all") }, ...KINDS.map((value) => ({ value, label: t(`numbering:kinds.${value}`) }))]}
          onChange={(kind) => {
            onFilter({ ...filter, kind: kind === "all" ? undefined : kind });
          }}
        />
        <Chips
          label={t("numbering:state")}
          value={filter.state ?? "current"}
          chips={[{ value: "current", label: t("numbering:current") }, ...STATES.map((value) => ({ value, label: t(`numbering:states.${value}`) }))]}
          onChange={(state) => {
            onFilter({ ...filter, state: state === "current" ? undefined : state });
          }}
        />
      </div>
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="called-numbers"
            positionKey={`called ${JSON.stringify(filter)}`}
            label={t("numbering:title")}
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
                <ErrorNote what={t("numbering:loadFailed")} error={list.error} onRetry={() => void list.fetchNextPage()} />
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
              <ErrorNote what={t("numbering:loadFailed")} error={list.error} onRetry={() => void list.refetch()} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
            ) : filtered ? (
              <EmptyState
                title={t("numbering:nothingMatches")}
                action={
                  <Button
                    onClick={() => {
                      onFilter({});
                    }}
                  >
                    {t("numbering:showAll")}
                  </Button>
                }
              >
                {t("numbering:nothingMatchesHint")}
              </EmptyState>
            ) : (
              <EmptyState title={t("numbering:empty")} action={addButton}>
                {t("numbering:emptyHint")}
              </EmptyState>
            )}
          </div>
        )}
        {openId !== null ? (
          <CalledPane
            id={openId}
            onClose={() => {
              onOpen(null);
            }}
            onEdit={(entry) => {
              setEditing({ entry });
            }}
            onTry={setTrying}
          />
        ) : null}
      </div>
      <FormDrawer
        open={editing !== null}
        title={editing?.entry ? t("numbering:editTitle", { number: editing.entry.number }) : t("numbering:add")}
        submit={t("numbering:save")}
        onClose={() => {
          setEditing(null);
        }}
      >
        {(id, onBusy) => (
          <CalledForm
            id={id}
            entry={editing?.entry}
            onBusy={onBusy}
            onSaved={(saved) => {
              setEditing(null);
              onOpen(saved);
            }}
          />
        )}
      </FormDrawer>
      <TryDrawer
        number={trying}
        onClose={() => {
          setTrying(null);
        }}
      />
    </div>
  );
}
