import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Skeleton } from "antd";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { TimeText } from "@/components/time-text";
import { useNow } from "@/lib/format/use-now";
import { useLanguage } from "@/lib/i18n/hooks";
import { useSession } from "@/lib/session/use-session";
import { warm } from "@/lib/warm";
import { definitionsQuery, reportQuery, type Instance, type Report, type ReportTable } from "./api/reports";
import { drillDownOf, type DrillDown } from "./drill-down";
import { figureText, withoutEnds, wordsOf } from "./figure";
import { dayOf, queryOf, type ReportFilter } from "./filter";
import { ReportFilters } from "./filters";
import { FigureTable } from "./report-table";
import styles from "./report.module.css";

const ReportChart = warm(async () => (await import("./chart")).ReportChart);

interface Props {
  filter: ReportFilter;
  onFilter: (filter: ReportFilter) => void;
}

/** The reports at the left, what they are of on top, and one of them. */
export function ReportView({ filter, onFilter }: Props) {
  const { t } = useTranslation("report");
  const language = useLanguage();
  const { can } = useSession();
  const id = filter.report ?? "traffic";
  const today = dayOf(useNow(60_000));
  const definitions = useQuery(definitionsQuery);
  const definition = definitions.data?.items.find((one) => one.id === id);
  const report = useQuery(reportQuery(id, filter, today));
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("title")}
        note={definition ? wordsOf(definition.question, language) : null}
        help="report.report"
        actions={
          <>
            <SavedViews page="report.report" value={filter} onApply={onFilter} />
            {can("report.export") ? <ExcelMenu exportPath={`/api/reports/${id}/export`} query={queryOf(filter, today)} /> : null}
          </>
        }
      />
      <ReportFilters definition={definition} filter={filter} today={today} hasGoal={id === "traffic" || id === "queues" || id === "waits" || id === "recordings"} onFilter={onFilter} />
      <div className={styles["body"]}>
        <nav aria-label={t("list")}>
          <ul className={styles["list"]}>
            {definitions.data?.items.map((one) => (
              <li key={one.id}>
                <Link to="/reports" search={{ ...filter, report: one.id as ReportFilter["report"] }} aria-current={one.id === id ? "page" : undefined}>
                  {wordsOf(one.name, language)}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className={styles["report"]}>
          {report.error ? (
            <ErrorNote what={t("failed")} error={report.error} onRetry={() => void report.refetch()} />
          ) : report.data === undefined ? (
            <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
          ) : (
            <div className={report.isPlaceholderData ? styles["busy"] : undefined} aria-busy={report.isPlaceholderData}>
              <About report={report.data} ruled={definition?.filters.includes("rules") === true} />
              <Tables report={report.data} filter={filter} />
            </div>
          )}
        </div>
      </div>
    </div>
  );
}

/** By which rules the figures were counted, and what is not in them. */
function About({ report, ruled }: { report: Report; ruled: boolean }) {
  const { t } = useTranslation("report");
  const { rules } = report;
  return (
    <p className={styles["about"]}>
      <span>{t("daysIn", { days: report.first === report.last ? report.first : t("days", { first: report.first, last: report.last }), zone: report.zone })}</span>
      {ruled ? (
        <>
          <span>
            {t("countedFrom")} <b>{t(`marks.${rules.start}`)} → {t(`marks.${rules.stop}`)}</b>
          </span>
          <span>
            {t("target")} <b>{t("seconds", { seconds: rules.target_s })}</b>
          </span>
          {rules.short_s > 0 ? <span>{t("shortBelow", { seconds: rules.short_s })}</span> : null}
          {rules.short_talk_s > 0 ? <span>{t("phantomBelow", { seconds: rules.short_talk_s })}</span> : null}
        </>
      ) : null}
      {report.open > 0 ? <span>{t("open", { count: report.open })}</span> : null}
      {report.simulated ? <b>{t("withSimulated")}</b> : null}
      <span>
        {t("madeAt")} <TimeText value={report.made_at} />
      </span>
    </p>
  );
}

function Tables({ report, filter }: { report: Report; filter: ReportFilter }) {
  const { t } = useTranslation("report");
  const language = useLanguage();
  const { can } = useSession();
  const drillDown = drillDownOf(report, filter, can("interaction.contact.read"));
  return report.tables.map((whole, place) => {
    const table = withoutEnds(whole, report.grain);
    const label = wordsOf(table.name, language);
    return (
      <section key={table.key} aria-label={label}>
        {place === 0 ? null : <h2 className={styles["section"]}>{label}</h2>}
        {table.rows.length === 0 ? (
          <EmptyState title={t("nothing")}>{t("nothingHint")}</EmptyState>
        ) : (
          <>
            {table.chart ? (
              <Suspense fallback={<div className={styles["chart"]} />}>
                <ReportChart table={table} label={label} goal={filter.goal ?? 85} />
              </Suspense>
            ) : null}
            <div className={styles["scroll"]} tabIndex={0} role="region" aria-label={label}>
              <FigureTable table={table} label={label} drillDown={drillDown} />
            </div>
          </>
        )}
        <Instances table={table} report={report} drillDown={drillDown} />
      </section>
    );
  });
}

const OUTCOMES = ["abandoned_in_flow", "abandoned_in_queue", "abandoned_ringing", "answered_by_agent", "lost"] as const;

/** Contacts behind the figures, the newest first. */
function Instances({ table, report, drillDown }: { table: ReportTable; report: Report; drillDown: DrillDown }) {
  const { t } = useTranslation("report");
  const language = useLanguage();
  const { can } = useSession();
  const list: readonly Instance[] = table.instances ?? [];
  if (list.length === 0 || !can("interaction.contact.read")) return null;
  const queues = new Map(report.tables.flatMap((one) => one.rows).map((row) => [row.key, wordsOf(row.name, language)]));
  const outcome = (word: string) => {
    const known = OUTCOMES.find((one) => one === word);
    return known ? t(`outcomes.${known}`) : word;
  };
  const title = t(report.id === "recordings" ? "withoutRecording" : "whoGaveUp");
  const [first] = table.columns;
  const all = table.total && first ? drillDown(table.total, { ...first, key: "contacts" }) : null;
  return (
    <>
      <h2 className={styles["section"]}>
        {title} <small>{t("newest", { count: list.length })}</small> {all ? <Link {...all}>{t("allContacts")}</Link> : null}
      </h2>
      <div className={styles["scroll"]} tabIndex={0} role="region" aria-label={title}>
        <table className={styles["table"]} aria-label={title}>
          <thead>
            <tr>
              <th scope="col">{t("began")}</th>
              <th scope="col">{t("queue")}</th>
              <th scope="col">{t("where")}</th>
              <th scope="col">{t("waited")}</th>
            </tr>
          </thead>
          <tbody>
            {list.map((one) => (
              <tr key={one.id}>
                <th scope="row">
                  <Link to="/contacts/$id" params={{ id: one.id }}>
                    <TimeText value={one.began_at} />
                  </Link>
                </th>
                <td>{queues.get(one.queue_id ?? "") ?? "—"}</td>
                <td>{outcome(one.outcome)}</td>
                <td>{figureText(one.waited_s, "seconds", language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
