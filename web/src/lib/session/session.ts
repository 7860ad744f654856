import { queryOptions } from "@tanstack/react-query";
import { requestJSON } from "../api/request";

/** Who is signed in, as the server tells it. */
export interface Session {
  state: "signed_in" | "pending";
  /** Why nothing else can be done yet, as a code such as "identity.must_change_password"; else empty. */
  pending: string;
  person: Person;
  permissions: readonly string[];
  scope: { national: boolean; centres?: readonly string[] | null };
  /** When the session ends unless something is done in it. */
  expires_at: string;
}

export interface Person {
  account_id: string;
  staff_id: string;
  number: string;
  name: string;
  centre: { id: string; name: string; level: string };
}

export const sessionKey = ["session"] as const;

/** Asked at the start, after signing in, when an answer says 401, and when the server announces a change. */
export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: ({ signal }) => requestJSON<Session>("/api/session", { signal }),
  staleTime: 60_000,
});
