import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import type { Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { PageHeader } from "@/components/page-header";
import { StatusWord, type Tone } from "@/components/status-word";
import { duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/use-now";
import { useLiveTopic } from "@/lib/live/context";
import { GRADES, liveKey, liveQuery, type LiveCall } from "./api/calls";
import { ListFrame } from "./list-frame";
import { LivePane } from "./live-pane";
import { QualityWord } from "./quality";
import styles from "./voice.module.css";

const TONES: Record<LiveCall["state"], Tone> = { setting: "idle", waiting: "warning", ringing: "warning", early: "warning", talking: "info", held: "idle", ending: "idle" };

/** What a line is doing, in words. */
export function LiveState({ call }: { call: LiveCall }) {
  const { t } = useTranslation("voice");
  return <StatusWord tone={TONES[call.state]}>{t(`live.states.${call.state}`)}</StatusWord>;
}

/** A masked number, or that it is withheld. */
export function useNumberText(): (number: string) => string {
  const { t } = useTranslation("voice");
  // Mobile numbers of this country are written without their +86.
  return (number) => (number === "anonymous" || number === "" ? t("live.anonymous") : number.replace(/^\+86(?=1)/, ""));
}

/** How long a call has lasted, counting while it is looked at. */
function Lasting({ since }: { since: string }) {
  const now = useNow(1000);
  return <span className="figures">{duration((now.getTime() - new Date(since).getTime()) / 1000)}</span>;
}

function useLiveColumns(): Column<LiveCall>[] {
  const { t } = useTranslation("voice");
  const numberText = useNumberText();
  const via = (row: LiveCall) => [row.trunk, row.phone === "" ? "" : t("live.phone", { number: row.phone })].filter((word) => word !== "").join(" · ");
  return [
    { key: "direction", title: t("live.direction"), width: 90, render: (row) => t(`live.directions.${row.direction}`) },
    { key: "caller", title: t("live.caller"), width: 130, render: (row) => <span className="figures">{numberText(row.caller)}</span> },
    { key: "called", title: t("live.called"), width: 130, render: (row) => <span className="figures">{numberText(row.called)}</span> },
    { key: "state", title: t("state"), width: 110, render: (row) => <LiveState call={row} /> },
    { key: "time", title: t("live.time"), width: 90, align: "end", render: (row) => <Lasting since={row.answered ?? row.started} /> },
    { key: "quality", title: t("live.quality"), width: 120, inDetails: true, render: (row) => <QualityWord verdict={row.verdict} /> },
    { key: "via", title: t("live.via"), inDetails: true, render: (row) => <span title={via(row)}>{via(row)}</span> },
    { key: "act", title: t("numbers.act"), width: 125, inDetails: true, render: (row) => (row.act === "" ? "" : t(`numbers.acts.${row.act}`)) },
  ];
}

export interface LiveFilter {
  grade?: (typeof GRADES)[number];
}

interface Props {
  filter: LiveFilter;
  onFilter: (filter: LiveFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
  /** The page of calls that ended, where one is that has just left this list. */
  ended: React.ReactNode;
}

/** Calls in progress on all nodes, with their quality in words. */
export function LiveView({ filter, onFilter, openId, onOpen, ended }: Props) {
  const { t } = useTranslation(["voice", "common"]);
  const client = useQueryClient();
  const live = useQuery(liveQuery());
  useLiveTopic("live-calls.changed", () => void client.invalidateQueries({ queryKey: liveKey, exact: true }));
  const columns = useLiveColumns();
  const all = live.data?.items;
  const rows = useMemo(() => (all ?? []).filter((call) => filter.grade === undefined || call.verdict.grade === filter.grade), [all, filter.grade]);
  const open = all?.find(({ id }) => id === openId);
  const counts = live.data
    ? [t("voice:live.total", { count: live.data.total }), t("voice:live.nodes", { count: live.data.nodes.length })].join(" · ")
    : "";
  const cut = live.data !== undefined && live.data.total > live.data.items.length;
  const noNode = live.data?.nodes.length === 0;
  return (
    <div className={styles["page"]}>
      <PageHeader title={t("voice:live.title")} note={t("voice:live.note")} help="voice.live" />
      <div className={styles["filters"]}>
        <Chips
          label={t("voice:live.gradeFilter")}
          value={filter.grade ?? "all"}
          chips={[{ value: "all", label: t("common:all") }, ...GRADES.map((value) => ({ value, label: t(`voice:live.grades.${value}`) }))]}
          onChange={(grade) => {
            onFilter({ grade: grade === "all" ? undefined : grade });
          }}
        />
        <span className={styles["muted"]} aria-live="polite">
          {cut ? `${counts} · ${t("voice:live.moreThan", { count: live.data.items.length })}` : counts}
        </span>
      </div>
      <ListFrame
        id="live-calls"
        label={t("voice:live.title")}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        positionKey="live-calls"
        pages={live}
        openId={openId}
        onOpen={onOpen}
        filtered={filter.grade !== undefined}
        onClear={() => {
          onFilter({});
        }}
        empty={
          <EmptyState title={t(noNode ? "voice:live.noNode" : "voice:live.empty")} action={ended}>
            {t(noNode ? "voice:live.noNodeHint" : "voice:live.emptyHint")}
          </EmptyState>
        }
        pane={
          openId === null || live.isPending ? null : (
            <LivePane
              key={openId}
              id={openId}
              call={open}
              others={all?.filter((call) => call.id !== openId && call.conversation === open?.conversation) ?? []}
              ended={ended}
              onOpen={onOpen}
              onClose={() => {
                onOpen(null);
              }}
            />
          )
        }
      />
    </div>
  );
}
