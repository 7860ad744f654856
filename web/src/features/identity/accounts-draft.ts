import type { AccountAsk } from "./api/ask-account";
import type { FullAccount } from "./api/accounts";

/** A role in the form. `until` is the last day on which it holds, in the time of the mainland; empty: without an end. */
export interface GrantDraft {
  key: string;
  role_id: string | undefined;
  centre_id: string | null;
  until: string;
  from: string | null;
}

const DAY_MS = 24 * 60 * 60_000;

/** The moment after the last day: 2027-03-31 holds until 2027-04-01 00:00 in China. */
export function endOfDay(day: string): string | null {
  if (day === "") return null;
  const start = Date.parse(`${day}T00:00:00+08:00`);
  return Number.isNaN(start) ? null : new Date(start + DAY_MS).toISOString();
}

/** The last day before the moment, as the field shows it. */
export function lastDay(moment: string | null): string {
  if (moment === null) return "";
  const day = new Date(Date.parse(moment) - 1 + 8 * 60 * 60_000);
  return day.toISOString().slice(0, 10);
}

/** The roles that an account has now, as drafts. */
export function draftsOf(account: FullAccount, now: Date): GrantDraft[] {
  return account.assignments
    .filter(({ ended_at, valid_until }) => ended_at === null && (valid_until === null || new Date(valid_until) > now))
    .map((held) => ({
      key: held.id,
      role_id: held.role_id,
      centre_id: held.centre_id,
      until: lastDay(held.valid_until),
      from: held.valid_from,
    }));
}

/** What is asked for; undefined while a role or centre is missing. */
export function grantsOf(drafts: readonly GrantDraft[]): NonNullable<AccountAsk["grants"]> | undefined {
  const grants: NonNullable<AccountAsk["grants"]> = [];
  for (const { role_id, centre_id, until, from } of drafts) {
    if (role_id === undefined || centre_id === null) return undefined;
    grants.push({ role_id, centre_id, valid_from: from, valid_until: endOfDay(until) });
  }
  return grants;
}
