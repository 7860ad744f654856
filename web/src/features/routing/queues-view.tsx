import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import type { Column } from "@/components/data-table/data-table";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useLiveTopic } from "@/lib/live/context";
import { useCentres } from "@/lib/places/use-centres";
import { useSession } from "@/lib/session/use-session";
import { breaksKey, breaksQuery, type Break } from "./api/breaks";
import { CHANNELS, liveKey, liveQuery, queuesKey, queuesQuery, type Queue, type QueueDetail, type QueueFilter, type QueueLive } from "./api/queues";
import { BreakForm, BreakPane } from "./break-form";
import { EditableList } from "./editable-list";
import { QueueForm } from "./queue-form";
import { QueuePane } from "./queue-pane";

export type QueuesTab = "queues" | "breaks";

interface Props {
  tab: QueuesTab;
  onTab: (tab: QueuesTab) => void;
  filter: QueueFilter;
  onFilter: (filter: QueueFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** Queues with what happens in them now, and the reasons for which agents take a break. */
export function QueuesView({ tab, onTab, ...list }: Props) {
  const { t } = useTranslation("routing");
  const tabs = (
    <Chips label={t("tabs")} value={tab} chips={(["queues", "breaks"] as const).map((value) => ({ value, label: t(`tab.${value}`) }))} onChange={onTab} />
  );
  return tab === "breaks" ? <BreakList key="breaks" tabs={tabs} {...list} /> : <QueueList key="queues" tabs={tabs} {...list} />;
}

interface ListProps extends Omit<Props, "tab" | "onTab"> {
  tabs: React.ReactNode;
}

function useQueueColumns(live: ReadonlyMap<string, QueueLive>): Column<Queue>[] {
  const { t } = useTranslation("routing");
  const { nameOf } = useCentres();
  const figure = (row: Queue, of: (now: QueueLive) => number) => {
    const now = live.get(row.id);
    return <span className="figures">{now ? of(now) : "—"}</span>;
  };
  return [
    { key: "code", title: t("queues.code"), width: 130, render: (row) => <span className="figures">{row.code}</span> },
    { key: "name", title: t("name"), render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "waiting", title: t("queues.waiting"), width: 90, align: "end", render: (row) => figure(row, (now) => now.waiting) },
    {
      key: "oldest", title: t("queues.oldest"), width: 110,
      render: (row) => {
        const oldest = live.get(row.id)?.oldest;
        return oldest === undefined ? "" : <TimeText value={oldest} />;
      },
    },
    { key: "talking", title: t("queues.talking"), width: 90, align: "end", render: (row) => figure(row, (now) => now.talking) },
    { key: "ready", title: t("queues.ready"), width: 110, align: "end", render: (row) => figure(row, (now) => now.ready) },
    { key: "agents", title: t("queues.agents"), width: 110, align: "end", render: (row) => figure(row, (now) => now.agents) },
    { key: "channel", title: t("queues.channel"), width: 80, inDetails: true, render: (row) => t(`queues.channels.${row.channel}`) },
    { key: "centre", title: t("centre"), width: 190, inDetails: true, render: (row) => <span title={nameOf(row.centre_id)}>{nameOf(row.centre_id)}</span> },
    { key: "state", title: t("state"), width: 90, inDetails: true, render: (row) => <StatusWord tone={row.closed ? "idle" : "ok"}>{t(row.closed ? "queues.closed" : "queues.open")}</StatusWord> },
  ];
}

function useSheetColumnName(): (key: string) => string {
  const { t } = useTranslation("routing");
  const names: Record<string, string> = {
    code: t("queues.code"), name: t("name"), centre: t("centre"), centre_id: t("centre"), channel: t("queues.channel"), needs: t("queues.needs"), priority: t("queues.priority"),
    ring: t("queues.ring"), ring_s: t("queues.ring"), wrap_up: t("queues.wrapUp"), wrap_up_s: t("queues.wrapUpFor"), max_waiting: t("queues.maxWaiting"), max_wait: t("queues.maxWait"),
    max_wait_s: t("queues.maxWait"), no_agents: t("queues.noAgents"), target: t("queues.target"), target_s: t("queues.target"), announce_number: t("queues.announce"),
    music: t("queues.music"), position: t("queues.position"), closed: t("queues.closed"), note: t("note"), overflow: t("queues.overflow"),
  };
  return (key) => names[key] ?? key;
}

function QueueList({ tabs, filter, onFilter, openId, onOpen }: ListProps) {
  const { t } = useTranslation(["routing", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const list = useInfiniteQuery(queuesQuery(filter));
  const figures = useQuery(liveQuery());
  const live = useMemo(() => new Map((figures.data ?? []).map((now) => [now.id, now])), [figures.data]);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = useQueueColumns(live);
  const columnName = useSheetColumnName();
  const refresh = () => void client.invalidateQueries({ queryKey: queuesKey });
  useLiveTopic("queues.changed", refresh);
  useLiveTopic("queue-figures.changed", () => void client.invalidateQueries({ queryKey: liveKey }));
  const editor = can("routing.queue.edit");
  return (
    <EditableList<Queue, QueueFilter, QueueDetail>
      id="queues"
      header={(add) => (
        <PageHeader
          title={t("routing:queues.title")}
          note={t("routing:queues.pageNote")}
          help="routing.queue"
          actions={
            <>
              <SavedViews page="routing.queue" value={filter} onApply={onFilter} />
              <ExcelMenu exportPath="/api/queues/export" importPath={editor ? "/api/queues/import" : undefined} query={{ ...filter }} columnName={columnName} onImported={refresh} />
              {add}
            </>
          }
        />
      )}
      words={{
        table: t("routing:queues.title"), search: t("routing:queues.search"), add: t("routing:queues.add"), addKey: t("routing:queues.addKey"),
        empty: t("routing:queues.empty"), emptyHint: t("routing:queues.emptyHint"),
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
          label={t("routing:queues.channel")}
          value={filter.channel ?? "all"}
          chips={[{ value: "all", label: t("common:all") }, ...CHANNELS.map((value) => ({ value, label: t(`routing:queues.channels.${value}`) }))]}
          onChange={(channel) => {
            onFilter({ ...filter, channel: channel === "all" ? undefined : channel });
          }}
        />
      }
      formTitle={(entry) => t("routing:queues.editTitle", { name: entry.name })}
      form={(form) => <QueueForm {...form} />}
      pane={(id, onClose, onEdit) => <QueuePane key={id} id={id} live={live.get(id)} onClose={onClose} onEdit={onEdit} />}
    />
  );
}

function BreakList({ tabs, filter: { q }, onFilter, openId, onOpen }: ListProps) {
  const { t } = useTranslation("routing");
  const { can } = useSession();
  const client = useQueryClient();
  const list = useQuery(breaksQuery());
  const word = q?.toLowerCase();
  const rows = useMemo(
    () => (list.data ?? []).filter((row) => word === undefined || `${row.code} ${row.name} ${row.name_en}`.toLowerCase().includes(word)),
    [list.data, word],
  );
  useLiveTopic("break-reasons.changed", () => void client.invalidateQueries({ queryKey: breaksKey }));
  const open = list.data?.find(({ id }) => id === openId);
  const columns: Column<Break>[] = [
    { key: "code", title: t("queues.code"), width: 150, render: (row) => <span className="figures">{row.code}</span> },
    { key: "name", title: t("name"), render: (row) => row.name },
    { key: "name_en", title: t("breaks.nameEn"), render: (row) => row.name_en },
    { key: "place", title: t("breaks.place"), width: 90, align: "end", render: (row) => <span className="figures">{row.place}</span> },
    { key: "state", title: t("state"), width: 100, render: (row) => <StatusWord tone={row.retired ? "idle" : "ok"}>{t(row.retired ? "breaks.retired" : "breaks.inUse")}</StatusWord> },
  ];
  return (
    <EditableList<Break, Pick<QueueFilter, "q">, Break>
      id="break-reasons"
      header={(add) => <PageHeader title={t("queues.title")} note={t("breaks.pageNote")} help="routing.queue" actions={add} />}
      words={{
        table: t("tab.breaks"), search: t("breaks.search"), add: t("breaks.add"), addKey: t("breaks.addKey"), empty: t("breaks.empty"), emptyHint: t("breaks.emptyHint"),
      }}
      list={list}
      rows={rows}
      columns={columns}
      filter={{ q }}
      onFilter={onFilter}
      openId={open ? openId : null}
      onOpen={onOpen}
      editor={can("routing.queue.edit")}
      lead={tabs}
      formTitle={(entry) => t("breaks.editTitle", { name: entry.name })}
      form={(form) => <BreakForm {...form} />}
      pane={(id, onClose, onEdit) => (open ? <BreakPane key={id} reason={open} onClose={onClose} onEdit={onEdit} /> : null)}
    />
  );
}
