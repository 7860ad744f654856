import type { Column, Report, Row } from "./api/reports";
import type { ReportFilter } from "./filter";

/** Figures that a filter of the page of contacts can show; others would lead to more than they count. */
const OUTCOMES = {
  answered: "answered_by_agent", archive_answered: "answered_by_agent", in_queue: "abandoned_in_queue", while_ringing: "abandoned_ringing",
  elsewhere: "left_queue", contacts: undefined, handled: undefined,
} as const;

function isKnown(key: string): key is keyof typeof OUTCOMES {
  return key in OUTCOMES;
}

/** The page of contacts that shows what is behind a figure; null where it cannot show just that. */
export type DrillDown = (row: Row, column: Column) => { to: "/contacts"; search: Search } | null;

interface Search {
  since: string;
  until: string;
  queue?: string;
  agent?: string;
  disposition?: string;
  outcome?: Exclude<(typeof OUTCOMES)[keyof typeof OUTCOMES], undefined>;
  simulated?: boolean;
}

/** Which contacts are behind a figure of this report. */
export function drillDownOf(report: Report, filter: ReportFilter, mayRead: boolean): DrillDown {
  return (row, column) => {
    if (!mayRead || !isKnown(column.key) || filter.team !== undefined || filter.centre !== undefined) return null;
    const behind = row.behind;
    const whole = row.key === "total";
    if (behind === undefined && !whole) return null;
    return {
      to: "/contacts",
      search: {
        since: behind?.from ?? report.from,
        until: behind?.until ?? report.until,
        queue: behind?.queue_id ?? filter.queue,
        agent: behind?.agent_id === undefined ? undefined : row.code,
        disposition: behind?.disposition_id === undefined ? undefined : row.code,
        outcome: OUTCOMES[column.key],
        simulated: filter.simulated,
      },
    };
  };
}
