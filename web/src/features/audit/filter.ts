import type { EntryQuery } from "./api/list-entries";

export const RANGES = ["today", "week", "month", "quarter", "all"] as const;
export type Range = (typeof RANGES)[number];

/** What stands in the address of the page. */
export interface AuditFilter {
  range?: Range;
  /** Days, 2026-11-21, in place of a range; to is the last day. */
  from?: string;
  to?: string;
  actor?: string;
  action?: string;
  kind?: string;
  object?: string;
  centre?: string;
  text?: string;
}

const DAYS: Record<Exclude<Range, "all">, number> = { today: 0, week: 6, month: 29, quarter: 89 };

function dayStart(date: Date): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}

function dayOf(text: string | undefined): Date | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? "");
  if (!match) return undefined;
  const date = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return date.getMonth() === Number(match[2]) - 1 ? date : undefined;
}

function nextDay(date: Date): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1);
}

/** The filter as the server takes it: days become moments of the clock on this desk. */
export function queryOf(filter: AuditFilter, now: Date): EntryQuery {
  const { range = "month" } = filter;
  const [first, last] = [dayOf(filter.from), dayOf(filter.to)];
  let from = first;
  if (!first && !last && range !== "all") {
    const today = dayStart(now);
    from = new Date(today.getFullYear(), today.getMonth(), today.getDate() - DAYS[range]);
  }
  return {
    from: from?.toISOString(),
    to: last ? nextDay(last).toISOString() : undefined,
    actor: filter.actor,
    action: filter.action,
    object_kind: filter.kind,
    object_id: filter.object,
    centre: filter.centre,
    text: filter.text,
  };
}

/** Whether anything but the time narrows the list. */
export function isNarrowed(filter: AuditFilter): boolean {
  return [filter.actor, filter.action, filter.kind, filter.object, filter.centre, filter.text].some((value) => value !== undefined);
}
