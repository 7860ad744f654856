import { OUTCOMES, type ContactQuery, type Outcome } from "./api/contacts";

export const RANGES = ["today", "week", "month", "quarter"] as const;
export type Range = (typeof RANGES)[number];

/** What stands in the address of the page. A caller's number does not: addresses are kept. */
export interface ContactFilter {
  range?: Range;
  /** Moments instead of a range: the stretch of time behind a figure of a report. */
  since?: string;
  until?: string;
  outcome?: Outcome;
  queue?: string;
  agent?: string;
  disposition?: string;
  /** Seconds talked, at least. */
  least?: number;
  simulated?: boolean;
}

const DAYS: Record<Range, number> = { today: 0, week: 6, month: 29, quarter: 89 };

/** The filter as the server takes it, from the first moment of a day on this desk. */
export function queryOf({ range = "week", since: from, until, outcome, queue, agent, disposition, least, simulated }: ContactFilter, caller: string | undefined, now: Date): ContactQuery {
  const since = new Date(now.getFullYear(), now.getMonth(), now.getDate() - DAYS[range]);
  return { since: from ?? since.toISOString(), until: from === undefined ? undefined : until, caller, outcome, queue_id: queue, agent_number: agent, disposition, least, simulated };
}

/** Reads the filter off an address. */
export function readFilter(search: Record<string, unknown>): ContactFilter {
  const text = (key: string) => (typeof search[key] === "string" && search[key] !== "" ? search[key] : undefined);
  const number = search["agent"];
  const least = search["least"];
  const moment = (key: string) => {
    const value = text(key);
    return value !== undefined && !Number.isNaN(Date.parse(value)) ? value : undefined;
  };
  return {
    range: RANGES.find((one) => one === search["range"]),
    since: moment("since"),
    until: moment("until"),
    outcome: OUTCOMES.find((one) => one === search["outcome"]),
    queue: text("queue"),
    agent: typeof number === "number" ? String(number) : text("agent"),
    disposition: text("disposition"),
    least: typeof least === "number" && least > 0 ? least : undefined,
    simulated: search["simulated"] === true ? true : undefined,
  };
}

/** Whether anything but the time narrows the list. */
export function isNarrowed({ outcome, queue, agent, disposition, least }: ContactFilter): boolean {
  return [outcome, queue, agent, disposition, least].some((value) => value !== undefined);
}
