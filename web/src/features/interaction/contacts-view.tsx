import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Checkbox, Input, Select, Skeleton } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { TimeText } from "@/components/time-text";
import { duration } from "@/lib/format/duration";
import { shortTime } from "@/lib/format/time";
import { useNow } from "@/lib/format/use-now";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { contactsKey, contactsQuery, OUTCOMES, queuesQuery, type Contact } from "./api/contacts";
import { DispositionPicker } from "./disposition-picker";
import { isNarrowed, queryOf, RANGES, type ContactFilter } from "./filter";
import { OutcomeWord, personText, useCallerText, useOwnWords } from "./words";
import styles from "./interaction.module.css";

function useColumns(): Column<Contact>[] {
  const { t } = useTranslation("interaction");
  const callerText = useCallerText();
  const own = useOwnWords();
  const time = (ms: number) => <span className="figures">{ms === 0 ? "" : duration(ms / 1000)}</span>;
  return [
    { key: "began", title: t("began"), width: 110, render: (row) => <TimeText value={row.began_at} /> },
    {
      key: "caller", title: t("caller"), width: 140,
      render: (row) => (
        <Link to="/contacts/$id" params={{ id: row.id }} className="figures">
          {callerText(row.caller)}
        </Link>
      ),
    },
    { key: "home", title: t("home"), width: 90, render: (row) => row.home?.name ?? "" },
    { key: "queue", title: t("queue"), width: 120, render: (row) => <span title={row.queue?.name}>{row.queue?.name ?? ""}</span> },
    { key: "agent", title: t("agent"), width: 140, render: (row) => <span title={personText(row.agent)}>{personText(row.agent)}</span> },
    {
      key: "outcome", title: t("outcome"), width: 150,
      render: (row) => (
        <>
          <OutcomeWord outcome={row.outcome} />
          {row.simulated ? <span className={styles["mark"]}>{t("simulatedMark")}</span> : null}
        </>
      ),
    },
    { key: "queued", title: t("queued"), width: 80, align: "end", render: (row) => time(row.queued_ms) },
    { key: "talk", title: t("talk"), width: 80, align: "end", render: (row) => time(row.talk_ms) },
    { key: "wrap", title: t("wrap"), width: 80, align: "end", render: (row) => time(row.wrap_ms) },
    { key: "disposition", title: t("disposition"), render: (row) => <span title={own(row.disposition, row.disposition_en)}>{own(row.disposition, row.disposition_en)}</span> },
  ];
}

interface Props {
  filter: ContactFilter;
  onFilter: (filter: ContactFilter) => void;
  onOpen: (id: string) => void;
}

/** Contacts, the newest first; Enter opens the timeline. */
export function ContactsView({ filter, onFilter, onOpen }: Props) {
  const { t } = useTranslation(["interaction", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const today = useNow(60_000).toDateString();
  const [caller, setCaller] = useState<string>();
  const query = useMemo(() => queryOf(filter, caller, new Date(today)), [filter, caller, today]);
  const list = useInfiniteQuery(contactsQuery(query));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = useColumns();
  useLiveTopic("contacts.changed", () => void client.invalidateQueries({ queryKey: [...contactsKey, "list"] }));
  const clear = () => {
    setCaller(undefined);
    onFilter({ range: "quarter" });
  };
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("interaction:title")}
        note={t("interaction:pageNote")}
        help="interaction.contact"
        actions={
          <>
            {/* A number is a person's and stays out of what is kept and shared. */}
            <SavedViews page="interaction.contact" value={filter} onApply={onFilter} />
            {can("interaction.contact.export") ? <ExcelMenu exportPath="/api/contacts/export" query={{ ...query }} /> : null}
          </>
        }
      />
      <Filters filter={filter} onFilter={onFilter} caller={caller} onCaller={setCaller} />
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="contacts"
            label={t("interaction:title")}
            positionKey={`contacts ${JSON.stringify(filter)}`}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            openKey={null}
            onOpen={onOpen}
            onNearEnd={() => {
              if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
            }}
            footer={
              list.error ? (
                <ErrorNote what={t("interaction:loadFailed")} error={list.error} onRetry={() => void list.fetchNextPage()} />
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
              <ErrorNote what={t("interaction:loadFailed")} error={list.error} onRetry={() => void list.refetch()} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
            ) : isNarrowed(filter) || caller !== undefined ? (
              <EmptyState title={t("interaction:nothingMatches")} action={<Button onClick={clear}>{t("interaction:showAll")}</Button>}>
                {t("interaction:nothingMatchesHint")}
              </EmptyState>
            ) : (
              <EmptyState title={t("interaction:empty")}>{t("interaction:emptyHint")}</EmptyState>
            )}
          </div>
        )}
      </div>
    </div>
  );
}

interface FilterProps {
  filter: ContactFilter;
  onFilter: (filter: ContactFilter) => void;
  caller: string | undefined;
  onCaller: (caller: string | undefined) => void;
}

/** A stretch of time as the chip says it. */
function stretchText(since: string, until: string | undefined): string {
  const short = (moment: string) => shortTime(new Date(moment), new Date());
  return until === undefined ? `${short(since)} –` : `${short(since)} – ${short(until)}`;
}

const LEAST = [10, 60, 300, 600] as const;

function Filters({ filter, onFilter, caller, onCaller }: FilterProps) {
  const { t } = useTranslation(["interaction", "common"]);
  const { can } = useSession();
  const queues = useQuery(queuesQuery(can("routing.queue.read")));
  return (
    <div className={styles["filters"]} role="search">
      <Chips
        label={t("interaction:range")}
        value={filter.since === undefined ? (filter.range ?? "week") : "stretch"}
        chips={[
          ...RANGES.map((value) => ({ value, label: t(`interaction:ranges.${value}`) })),
          ...(filter.since === undefined ? [] : [{ value: "stretch" as const, label: stretchText(filter.since, filter.until) }]),
        ]}
        onChange={(range) => {
          if (range !== "stretch") onFilter({ ...filter, range, since: undefined, until: undefined });
        }}
      />
      <Input.Search
        size="small"
        className={styles["field"]}
        key={caller ?? ""}
        defaultValue={caller}
        allowClear
        maxLength={40}
        aria-label={t("interaction:callerWhole")}
        placeholder={t("interaction:callerWhole")}
        onSearch={(text) => {
          onCaller(text.trim() || undefined);
        }}
      />
      <Input.Search
        size="small"
        className={styles["short"]}
        key={`agent ${filter.agent ?? ""}`}
        defaultValue={filter.agent}
        allowClear
        maxLength={16}
        aria-label={t("interaction:agentNumber")}
        placeholder={t("interaction:agentNumber")}
        onSearch={(text) => {
          onFilter({ ...filter, agent: text.trim() || undefined });
        }}
      />
      {queues.data ? (
        <Select
          size="small"
          className={styles["short"]}
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          aria-label={t("interaction:queue")}
          placeholder={t("interaction:queue")}
          value={filter.queue}
          options={queues.data.items.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(queue: string | undefined) => {
            onFilter({ ...filter, queue });
          }}
        />
      ) : null}
      <Select
        size="small"
        className={styles["short"]}
        allowClear
        aria-label={t("interaction:outcome")}
        placeholder={t("interaction:outcome")}
        value={filter.outcome}
        options={OUTCOMES.map((value) => ({ value, label: t(`interaction:outcomes.${value}`) }))}
        onChange={(outcome: ContactFilter["outcome"]) => {
          onFilter({ ...filter, outcome });
        }}
      />
      <Select
        size="small"
        className={styles["short"]}
        allowClear
        aria-label={t("interaction:least")}
        placeholder={t("interaction:least")}
        value={filter.least}
        options={LEAST.map((value) => ({ value, label: t("interaction:leastOf", { time: duration(value) }) }))}
        onChange={(least: number | undefined) => {
          onFilter({ ...filter, least });
        }}
      />
      <DispositionPicker
        one
        size="small"
        className={styles["field"]}
        value={filter.disposition === undefined ? [] : [filter.disposition]}
        onChange={([disposition]) => {
          onFilter({ ...filter, disposition });
        }}
      />
      <Checkbox
        checked={filter.simulated ?? false}
        onChange={({ target }) => {
          onFilter({ ...filter, simulated: target.checked ? true : undefined });
        }}
      >
        {t("interaction:withSimulated")}
      </Checkbox>
    </div>
  );
}
