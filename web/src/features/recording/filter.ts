import type { RecordingQuery } from "./api/recordings";

export const RANGES = ["today", "week", "month", "all"] as const;
export type Range = (typeof RANGES)[number];

/** What stands in the address of the page. */
export interface RecordingFilter {
  range?: Range;
  /** Days, 2026-11-21, in place of a range; to is the last day. */
  from?: string;
  to?: string;
  centre?: string;
  staff?: string;
  line?: string;
  call?: string;
  direction?: "in" | "out" | "internal";
  state?: "kept" | "erased";
  held?: boolean;
}

const DAYS: Record<Exclude<Range, "all">, number> = { today: 0, week: 6, month: 29 };

function dayOf(text: string | undefined): Date | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? "");
  if (!match) return undefined;
  const date = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return date.getMonth() === Number(match[2]) - 1 ? date : undefined;
}

/** The filter as the server takes it: days become moments of the clock on this desk. */
export function queryOf(filter: RecordingFilter, now: Date): RecordingQuery {
  const { range = "week" } = filter;
  const [first, last] = [dayOf(filter.from), dayOf(filter.to)];
  let from = first;
  if (!first && !last && range !== "all" && filter.call === undefined) {
    from = new Date(now.getFullYear(), now.getMonth(), now.getDate() - DAYS[range]);
  }
  return {
    from: from?.toISOString(),
    until: last ? new Date(last.getFullYear(), last.getMonth(), last.getDate() + 1).toISOString() : undefined,
    centre_id: filter.centre,
    staff_number: filter.staff,
    line: filter.line,
    call_id: filter.call,
    direction: filter.direction,
    state: filter.state,
    held: filter.held,
  };
}

/** Whether anything but the time narrows the list. */
export function isNarrowed({ centre, staff, line, call, direction, state, held }: RecordingFilter): boolean {
  return [centre, staff, line, call, direction, state, held].some((value) => value !== undefined);
}
