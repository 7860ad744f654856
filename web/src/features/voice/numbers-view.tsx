import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Tooltip } from "antd";
import { Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { EmptyState } from "@/components/empty-state";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { warm } from "@/lib/warm";
import { ACTS, numbersKey, numbersQuery, type NumberDetail, type NumberFilter } from "./api/numbers";
import { promptsKey, promptsQuery } from "./api/prompts";
import { FormDrawer } from "./form-drawer";
import { ListFrame, SearchField } from "./list-frame";
import { useNumberColumns, usePromptColumns } from "./number-columns";
import { NumberForm } from "./number-form";
import { NumberPane } from "./number-pane";
import { PromptPane } from "./prompt-pane";
import styles from "./voice.module.css";

const PromptForm = warm(async () => (await import("./prompt-form")).PromptForm);

export type NumbersTab = "numbers" | "prompts";

interface Props {
  tab: NumbersTab;
  onTab: (tab: NumbersTab) => void;
  filter: NumberFilter;
  onFilter: (filter: NumberFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** What happens when a number is called, and the prompts that callers hear. */
export function NumbersView({ tab, onTab, filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation(["voice", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const [editing, setEditing] = useState<{ entry?: NumberDetail } | null>(null);
  const [uploading, setUploading] = useState(false);
  const refresh = () => void client.invalidateQueries({ queryKey: numbersKey });
  useLiveTopic("number-actions.changed", refresh);
  useLiveTopic("prompts.changed", () => void client.invalidateQueries({ queryKey: promptsKey }));
  const editor = can("voice.number.edit");
  const prompts = tab === "prompts";
  useEffect(() => {
    if (prompts) void PromptForm.preload();
  }, [prompts]);
  const add = () => {
    if (prompts) setUploading(true);
    else setEditing({});
  };
  useShortcut({ id: "voice-numbers.new", keys: "n", label: t(prompts ? "voice:prompts.add" : "voice:numbers.add"), group: "page", enabled: editor, run: add });
  const addButton = editor ? (
    <Tooltip title={t(prompts ? "voice:prompts.addKey" : "voice:numbers.addKey")}>
      <Button type="primary" onClick={add}>
        {t(prompts ? "voice:prompts.add" : "voice:numbers.add")}
      </Button>
    </Tooltip>
  ) : null;
  const tabs = (
    <Chips
      label={t("voice:numbers.tabs")}
      value={tab}
      chips={(["numbers", "prompts"] as const).map((value) => ({ value, label: t(`voice:numbers.tab.${value}`) }))}
      onChange={onTab}
    />
  );
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("voice:numbers.title")}
        note={t("voice:numbers.note")}
        help="voice.number"
        actions={
          <>
            {prompts ? null : (
              <ExcelMenu
                exportPath="/api/number-actions/export"
                importPath={editor ? "/api/number-actions/import" : undefined}
                query={{ ...filter }}
                onImported={refresh}
              />
            )}
            {addButton}
          </>
        }
      />
      {prompts ? (
        <PromptList tabs={tabs} empty={addButton} openId={openId} onOpen={onOpen} />
      ) : (
        <NumberList
          tabs={tabs}
          empty={addButton}
          filter={filter}
          onFilter={onFilter}
          openId={openId}
          onOpen={onOpen}
          onEdit={(entry) => {
            setEditing({ entry });
          }}
        />
      )}
      <FormDrawer
        open={editing !== null}
        title={editing?.entry ? t("voice:numbers.editTitle", { number: editing.entry.number }) : t("voice:numbers.add")}
        submit={t("voice:save")}
        onClose={() => {
          setEditing(null);
        }}
      >
        {(id, onBusy) => (
          <NumberForm
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
      <FormDrawer
        open={uploading}
        title={t("voice:prompts.add")}
        submit={t("voice:prompts.upload")}
        onClose={() => {
          setUploading(false);
        }}
      >
        {(id, onBusy) => (
          <Suspense fallback={null}>
            <PromptForm
              id={id}
              onBusy={onBusy}
              onSaved={(saved) => {
                setUploading(false);
                onOpen(saved);
              }}
            />
          </Suspense>
        )}
      </FormDrawer>
    </div>
  );
}

interface ListProps {
  tabs: React.ReactNode;
  empty: React.ReactNode;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

interface NumberListProps extends ListProps {
  filter: NumberFilter;
  onFilter: (filter: NumberFilter) => void;
  onEdit: (entry: NumberDetail) => void;
}

function NumberList({ tabs, empty, filter, onFilter, openId, onOpen, onEdit }: NumberListProps) {
  const { t } = useTranslation(["voice", "common"]);
  const list = useInfiniteQuery(numbersQuery(filter));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = useNumberColumns();
  return (
    <>
      <div className={styles["filters"]}>
        {tabs}
        <SearchField
          page="voice-numbers"
          label={t("voice:numbers.search")}
          value={filter.q}
          onSearch={(q) => {
            onFilter({ ...filter, q });
          }}
        />
        <Chips
          label={t("voice:numbers.act")}
          value={filter.act ?? "all"}
          chips={[{ value: "all", label: t("common:all") }, ...ACTS.map((value) => ({ value, label: t(`voice:numbers.acts.${value}`) }))]}
          onChange={(act) => {
            onFilter({ ...filter, act: act === "all" ? undefined : act });
          }}
        />
      </div>
      <ListFrame
        id="number-actions"
        label={t("voice:numbers.title")}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        positionKey={`number-actions ${JSON.stringify(filter)}`}
        pages={list}
        openId={openId}
        onOpen={onOpen}
        filtered={filter.q !== undefined || filter.act !== undefined}
        onClear={() => {
          onFilter({});
        }}
        empty={
          <EmptyState title={t("voice:numbers.empty")} action={empty}>
            {t("voice:numbers.emptyHint")}
          </EmptyState>
        }
        pane={
          openId === null ? null : (
            <NumberPane
              key={openId}
              id={openId}
              onClose={() => {
                onOpen(null);
              }}
              onEdit={onEdit}
            />
          )
        }
      />
    </>
  );
}

function PromptList({ tabs, empty, openId, onOpen }: ListProps) {
  const { t } = useTranslation("voice");
  const list = useQuery(promptsQuery());
  const columns = usePromptColumns();
  const open = list.data?.find(({ id }) => id === openId);
  return (
    <>
      <div className={styles["filters"]}>{tabs}</div>
      <ListFrame
        id="prompts"
        label={t("numbers.tab.prompts")}
        columns={columns}
        rows={list.data ?? []}
        rowKey={(row) => row.id}
        positionKey="prompts"
        pages={list}
        openId={open ? openId : null}
        onOpen={onOpen}
        filtered={false}
        onClear={() => undefined}
        empty={
          <EmptyState title={t("prompts.empty")} action={empty}>
            {t("prompts.emptyHint")}
          </EmptyState>
        }
        pane={
          open ? (
            <PromptPane
              key={open.id}
              prompt={open}
              onClose={() => {
                onOpen(null);
              }}
            />
          ) : null
        }
      />
    </>
  );
}
