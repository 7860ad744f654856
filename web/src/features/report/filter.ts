import type { ReportQuery } from "./api/reports";

export const REPORTS = ["traffic", "queues", "agents", "dispositions", "waits", "abandoned", "recordings", "trunks"] as const;
export type ReportId = (typeof REPORTS)[number];

export const PERIODS = ["today", "yesterday", "week", "month", "own"] as const;
export type Period = (typeof PERIODS)[number];

export const PRESETS = ["china15", "china20", "china30", "queue", "own"] as const;
export const STARTS = ["began", "answered", "key", "enqueued"] as const;
export const STOPS = ["ringing", "accepted", "announced", "talking"] as const;
export const GRAINS = ["half_hour", "day"] as const;

/** What stands in the address of the page. */
export interface ReportFilter {
  report?: ReportId;
  period?: Period;
  /** Days, for a period of one's own. */
  from?: string;
  to?: string;
  grain?: (typeof GRAINS)[number];
  centre?: string;
  queue?: string;
  team?: string;
  simulated?: boolean;
  rules?: (typeof PRESETS)[number];
  start?: (typeof STARTS)[number];
  stop?: (typeof STOPS)[number];
  target?: number;
  short?: number;
  shortTalk?: number;
  /** Per cent: drawn as a line. */
  goal?: number;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A day and a number of days, as 2026-11-21. */
export function addDays(day: string, days: number): string {
  const at = new Date(`${day}T12:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** Today on this desk. */
export function dayOf(now: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${String(now.getFullYear())}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** The days of a period: a week begins on Monday, a month on its first; both go until today. */
export function daysOf({ period = "today", from, to }: ReportFilter, today: string): { from: string; to: string } {
  switch (period) {
    case "yesterday":
      return { from: addDays(today, -1), to: addDays(today, -1) };
    case "week":
      return { from: addDays(today, -((new Date(`${today}T12:00:00Z`).getUTCDay() + 6) % 7)), to: today };
    case "month":
      return { from: `${today.slice(0, 8)}01`, to: today };
    case "own":
      return { from: from ?? today, to: to ?? from ?? today };
    case "today":
      return { from: today, to: today };
  }
}

/** The filter as the server takes it. */
export function queryOf(filter: ReportFilter, today: string): ReportQuery {
  const { grain, centre, queue, team, simulated, rules, start, stop, target, short, shortTalk } = filter;
  const own = rules === "own" ? { start: start ?? "key", stop: stop ?? "announced", target: target ?? 15, short: short ?? 0, short_talk: shortTalk ?? 0 } : {};
  return { ...daysOf(filter, today), grain, centre, queue, team, simulated, rules, ...own };
}

/** Reads the filter off an address. */
export function readFilter(search: Record<string, unknown>): ReportFilter {
  const text = (key: string) => (typeof search[key] === "string" && search[key] !== "" ? search[key] : undefined);
  const day = (key: string) => {
    const value = text(key);
    return value !== undefined && DAY.test(value) ? value : undefined;
  };
  const number = (key: string, most: number) => {
    const value = search[key];
    return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most ? value : undefined;
  };
  return {
    report: REPORTS.find((one) => one === search["report"]),
    period: PERIODS.find((one) => one === search["period"]),
    from: day("from"),
    to: day("to"),
    grain: GRAINS.find((one) => one === search["grain"]),
    centre: text("centre"),
    queue: text("queue"),
    team: text("team"),
    simulated: search["simulated"] === true ? true : undefined,
    rules: PRESETS.find((one) => one === search["rules"]),
    start: STARTS.find((one) => one === search["start"]),
    stop: STOPS.find((one) => one === search["stop"]),
    target: number("target", 3600),
    short: number("short", 600),
    shortTalk: number("shortTalk", 600),
    goal: number("goal", 100),
  };
}
