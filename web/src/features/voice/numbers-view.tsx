import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { warm } from "@/lib/warm";
import { ACTS, numbersKey, numbersQuery, type NumberAction, type NumberDetail, type NumberFilter } from "./api/numbers";
import { promptsKey, promptsQuery, type Prompt } from "./api/prompts";
import { EditableList } from "./editable-list";
import { useNumberColumns, usePromptColumns, useSheetColumnName } from "./number-columns";
import { NumberForm } from "./number-form";
import { NumberPane } from "./number-pane";
import { PromptPane } from "./prompt-pane";

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
export function NumbersView({ tab, onTab, ...list }: Props) {
  const { t } = useTranslation("voice");
  const tabs = (
    <Chips
      label={t("numbers.tabs")}
      value={tab}
      chips={(["numbers", "prompts"] as const).map((value) => ({ value, label: t(`numbers.tab.${value}`) }))}
      onChange={onTab}
    />
  );
  return tab === "prompts" ? <PromptList key="prompts" tabs={tabs} {...list} /> : <NumberList key="numbers" tabs={tabs} {...list} />;
}

interface ListProps extends Omit<Props, "tab" | "onTab"> {
  tabs: React.ReactNode;
}

function NumberList({ tabs, filter, onFilter, openId, onOpen }: ListProps) {
  const { t } = useTranslation(["voice", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const list = useInfiniteQuery(numbersQuery(filter));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = useNumberColumns();
  const columnName = useSheetColumnName();
  const refresh = () => void client.invalidateQueries({ queryKey: numbersKey });
  useLiveTopic("number-actions.changed", refresh);
  const editor = can("voice.number.edit");
  return (
    <EditableList<NumberAction, NumberFilter, NumberDetail>
      id="number-actions"
      header={(add) => (
        <PageHeader
          title={t("voice:numbers.title")}
          note={t("voice:numbers.note")}
          help="voice.number"
          actions={
            <>
              <SavedViews page="voice.number" value={filter} onApply={onFilter} />
              <ExcelMenu
                exportPath="/api/number-actions/export"
                importPath={editor ? "/api/number-actions/import" : undefined}
                query={{ ...filter }}
                columnName={columnName}
                onImported={refresh}
              />
              {add}
            </>
          }
        />
      )}
      words={{
        table: t("voice:numbers.title"), search: t("voice:numbers.search"), add: t("voice:numbers.add"),
        addKey: t("voice:numbers.addKey"), empty: t("voice:numbers.empty"), emptyHint: t("voice:numbers.emptyHint"),
      }}
      list={list}
      rows={rows}
      columns={columns}
      filter={filter}
      onFilter={onFilter}
      openId={openId}
      onOpen={onOpen}
      editor={editor}
      lead={tabs}
      filters={
        <Chips
          label={t("voice:numbers.act")}
          value={filter.act ?? "all"}
          chips={[{ value: "all", label: t("common:all") }, ...ACTS.map((value) => ({ value, label: t(`voice:numbers.acts.${value}`) }))]}
          onChange={(act) => {
            onFilter({ ...filter, act: act === "all" ? undefined : act });
          }}
        />
      }
      formTitle={(entry) => t("voice:numbers.editTitle", { number: entry.number })}
      form={(form) => <NumberForm {...form} />}
      pane={(id, onClose, onEdit) => <NumberPane key={id} id={id} onClose={onClose} onEdit={onEdit} />}
    />
  );
}

/** What of a filter prompts know. */
type PromptFilter = Pick<NumberFilter, "q">;

function PromptList({ tabs, filter: { q }, onFilter, openId, onOpen }: ListProps) {
  const { t } = useTranslation("voice");
  const { can } = useSession();
  const client = useQueryClient();
  const list = useQuery(promptsQuery());
  const columns = usePromptColumns();
  const word = q?.toLowerCase();
  const rows = useMemo(() => (list.data ?? []).filter(({ name }) => word === undefined || name.toLowerCase().includes(word)), [list.data, word]);
  useLiveTopic("prompts.changed", () => void client.invalidateQueries({ queryKey: promptsKey }));
  useEffect(() => {
    void PromptForm.preload();
  }, []);
  const open = list.data?.find(({ id }) => id === openId);
  return (
    <EditableList<Prompt, PromptFilter, Prompt>
      id="prompts"
      header={(add) => (
        <PageHeader
          title={t("numbers.title")}
          note={t("prompts.note")}
          help="voice.number"
          actions={
            <>
              <ExcelMenu exportPath="/api/prompts/export" query={{ q }} />
              {add}
            </>
          }
        />
      )}
      words={{
        table: t("numbers.tab.prompts"), search: t("prompts.search"), add: t("prompts.add"),
        addKey: t("prompts.addKey"), empty: t("prompts.empty"), emptyHint: t("prompts.emptyHint"),
      }}
      list={list}
      rows={rows}
      columns={columns}
      filter={{ q }}
      onFilter={onFilter}
      openId={open ? openId : null}
      onOpen={onOpen}
      editor={can("voice.number.edit")}
      lead={tabs}
      formTitle={(entry) => t("prompts.replaceTitle", { name: entry.name })}
      submit={t("prompts.upload")}
      form={(form) => (
        <Suspense fallback={null}>
          <PromptForm {...form} />
        </Suspense>
      )}
      pane={(id, onClose, onEdit) => (open ? <PromptPane key={id} prompt={open} onClose={onClose} onReplace={onEdit} /> : null)}
    />
  );
}
