import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

type ListOperation = paths["/api/audit-entries"]["get"];
export type EntryPage = ListOperation["responses"][200]["content"]["application/json"];
export type Entry = EntryPage["items"][number];

/** What the server filters by; moments as ISO 8601. */
export interface EntryQuery {
  from?: string;
  to?: string;
  actor?: string;
  action?: string;
  object_kind?: string;
  object_id?: string;
  centre?: string;
  text?: string;
}

export const entriesKey = ["audit", "entries"] as const;

/** Entries, newest first. They never change, so what was loaded stays. */
export function entriesQuery(query: EntryQuery) {
  return infiniteQueryOptions({
    queryKey: [...entriesKey, query],
    queryFn: ({ pageParam, signal }): Promise<EntryPage> =>
      unwrap(api.GET("/api/audit-entries", { params: { query: { ...query, limit: 100, after: pageParam || undefined } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    staleTime: 60_000,
  });
}
