import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { CopyCode } from "@/components/copy-code";
import type { Column } from "@/components/data-table/data-table";
import { DetailsList } from "@/components/details-list";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { SidePane } from "@/components/side-pane";
import { StatusWord, type Tone } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { duration } from "@/lib/format/duration";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { callQuery, callsKey, callsQuery, GRADES, RESULTS, type Call, type CallFilter } from "./api/calls";
import { Ladder } from "./ladder";
import { ListFrame, SearchField } from "./list-frame";
import { useNumberText } from "./live-view";
import { QualityFigures, QualityWord } from "./quality";
import styles from "./voice.module.css";

const TONES: Record<Call["result"], Tone> = { completed: "ok", cancelled: "idle", no_answer: "warning", busy: "warning", rejected: "warning", failed: "fault" };

const REASONS = [
  "normal", "caller_gave_up", "callee_hung_up", "answered_elsewhere", "transferred", "prompt_ended", "busy", "declined", "forbidden", "unauthorized", "no_answer",
  "unavailable", "not_found", "number_changed", "incomplete_number", "redirected", "no_common_codec", "no_ack", "no_media", "session_expired", "call_limit",
  "congestion", "trunk_down", "bad_message", "protocol_error", "not_supported", "timeout", "node_stopping", "internal",
] as const;

/** Why a call ended, in words; a reason of a newer server as it is. */
function useReason(): (reason: string) => string {
  const { t } = useTranslation("voice");
  return (reason) => {
    const known = REASONS.find((one) => one === reason);
    return known ? t(`reasons.${known}`) : reason;
  };
}

function CallResult({ call }: { call: Call }) {
  const { t } = useTranslation("voice");
  return <StatusWord tone={TONES[call.result]}>{t(`calls.results.${call.result}`)}</StatusWord>;
}

function useCallColumns(): Column<Call>[] {
  const { t } = useTranslation("voice");
  const reason = useReason();
  const numberText = useNumberText();
  return [
    { key: "started", title: t("calls.startedAt"), width: 110, render: (row) => <TimeText value={row.started} /> },
    { key: "direction", title: t("live.direction"), width: 80, render: (row) => t(`live.directions.${row.direction}`) },
    { key: "caller", title: t("live.caller"), width: 130, render: (row) => <span className="figures">{numberText(row.caller)}</span> },
    { key: "called", title: t("live.called"), width: 130, render: (row) => <span className="figures">{numberText(row.called)}</span> },
    { key: "result", title: t("calls.result"), width: 120, render: (row) => <CallResult call={row} /> },
    { key: "reason", title: t("calls.reason"), inDetails: true, render: (row) => <span title={reason(row.reason)}>{reason(row.reason)}</span> },
    { key: "talked", title: t("calls.talked"), width: 90, align: "end", inDetails: true, render: (row) => <span className="figures">{row.answered === null ? "" : duration(row.talked_ms / 1000)}</span> },
    { key: "quality", title: t("live.quality"), width: 100, inDetails: true, render: (row) => (row.answered === null ? null : <QualityWord verdict={row.verdict} />) },
    { key: "trunk", title: t("live.via"), width: 160, inDetails: true, render: (row) => <span title={row.trunk}>{row.trunk !== "" ? row.trunk : row.phone}</span> },
  ];
}

interface Props {
  filter: CallFilter;
  onFilter: (filter: CallFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** Calls that ended, with why, how they sounded and their signalling. */
export function CallsView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation(["voice", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const list = useInfiniteQuery(callsQuery(filter));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = useCallColumns();
  useLiveTopic("calls.changed", () => void client.invalidateQueries({ queryKey: [...callsKey, "list"] }));
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("voice:calls.title")}
        note={t("voice:calls.note")}
        help="voice.call"
        actions={
          <>
            {/* A number is a person's and stays out of what is kept and shared. */}
            <SavedViews page="voice.call" value={{ result: filter.result, grade: filter.grade }} onApply={onFilter} />
            {can("voice.call.export") ? <ExcelMenu exportPath="/api/calls/export" query={{ ...filter }} /> : null}
          </>
        }
      />
      <div className={styles["filters"]}>
        <SearchField
          page="calls"
          label={t("voice:calls.number")}
          value={filter.number}
          onSearch={(number) => {
            onFilter({ ...filter, number });
          }}
        />
        <Chips
          label={t("voice:calls.result")}
          value={filter.result ?? "all"}
          chips={[{ value: "all", label: t("common:all") }, ...RESULTS.map((value) => ({ value, label: t(`voice:calls.results.${value}`) }))]}
          onChange={(result) => {
            onFilter({ ...filter, result: result === "all" ? undefined : result });
          }}
        />
        <Chips
          label={t("voice:live.gradeFilter")}
          value={filter.grade ?? "all"}
          chips={[{ value: "all", label: t("common:all") }, ...GRADES.map((value) => ({ value, label: t(`voice:live.grades.${value}`) }))]}
          onChange={(grade) => {
            onFilter({ ...filter, grade: grade === "all" ? undefined : grade });
          }}
        />
      </div>
      <ListFrame
        id="calls"
        label={t("voice:calls.title")}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        positionKey={`calls ${JSON.stringify(filter)}`}
        pages={list}
        openId={openId}
        onOpen={onOpen}
        filtered={filter.number !== undefined || filter.result !== undefined || filter.grade !== undefined}
        onClear={() => {
          onFilter({});
        }}
        empty={<EmptyState title={t("voice:calls.empty")}>{t("voice:calls.emptyHint")}</EmptyState>}
        pane={
          openId === null ? null : (
            <CallPane
              key={openId}
              id={openId}
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

/** One call that ended: why first, then how it sounded, then its signalling. */
function CallPane({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation("voice");
  const { data: call, error, refetch } = useQuery(callQuery(id));
  const reason = useReason();
  const numberText = useNumberText();
  if (!call) {
    return (
      <SidePane title={t("calls.pane")} label={t("calls.pane")} onClose={onClose}>
        {error ? <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} /> : <Skeleton active title={false} />}
      </SidePane>
    );
  }
  return (
    <SidePane title={`${numberText(call.caller)} → ${numberText(call.called)}`} label={t("calls.pane")} onClose={onClose}>
      <div className={styles["line"]}>
        <CallResult call={call} />
        <span>{reason(call.reason)}</span>
        {call.answered === null ? null : <QualityWord verdict={call.verdict} full />}
      </div>
      <DetailsList
        items={[
          { name: t("calls.side"), value: t(`calls.sides.${call.side}`) },
          { name: t("live.direction"), value: t(`live.directions.${call.direction}`) },
          { name: t("live.trunk"), value: call.trunk },
          { name: t("phones.title"), value: call.phone },
          { name: t("numbers.act"), value: call.act === "" ? "" : t(`numbers.acts.${call.act}`) },
          { name: t("calls.startedAt"), value: <TimeText value={call.started} full /> },
          { name: t("live.answered"), value: call.answered === null ? "" : <TimeText value={call.answered} full /> },
          { name: t("calls.endedAt"), value: <TimeText value={call.ended} full /> },
          { name: t("calls.talked"), value: call.answered === null ? "" : duration(call.talked_ms / 1000) },
          { name: t("calls.sip"), value: call.sip === 0 ? "" : call.sip },
          { name: t("calls.q850"), value: call.q850 === 0 ? "" : call.q850 },
          { name: t("live.codec"), value: call.codec },
          { name: t("live.recording"), value: call.recorded ? t("calls.recorded") : "" },
          { name: t("node"), value: call.node },
          { name: t("calls.callID"), value: call.sip_call_id === "" ? "" : <CopyCode value={call.sip_call_id} wrap /> },
        ]}
      />
      {call.answered === null ? null : <QualityFigures quality={call.quality} />}
      <Ladder id={id} live={false} />
    </SidePane>
  );
}
