import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type ContactPage = paths["/api/contacts"]["get"]["responses"][200]["content"]["application/json"];
export type Contact = ContactPage["items"][number];
export type ContactRecord = Omit<paths["/api/contacts/{id}"]["get"]["responses"][200]["content"]["application/json"], "$schema">;
export type Step = ContactRecord["steps"][number];
export type Person = NonNullable<Contact["agent"]>;
export type Disposition = paths["/api/dispositions"]["get"]["responses"][200]["content"]["application/json"]["items"][number];
export type Outcome = Contact["outcome"];

export const OUTCOMES = [
  "open", "answered_by_agent", "abandoned_in_flow", "abandoned_in_queue", "abandoned_ringing", "served_by_machine", "refused", "left_queue", "lost",
] as const satisfies readonly Outcome[];

export interface ContactQuery {
  since?: string;
  until?: string;
  caller?: string;
  queue_id?: string;
  agent_number?: string;
  outcome?: Outcome;
  disposition?: string;
  least?: number;
  most?: number;
  simulated?: boolean;
}

export const contactsKey = ["contacts"] as const;

export function contactsQuery(query: ContactQuery) {
  return infiniteQueryOptions({
    queryKey: [...contactsKey, "list", query],
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/api/contacts", { params: { query: { limit: 100, after: pageParam || undefined, ...query } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** One contact; while it goes on it is read again and again. */
export function contactQuery(id: string) {
  return queryOptions({
    queryKey: [...contactsKey, "one", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/contacts/{id}", { params: { path: { id } }, signal })),
    refetchInterval: (query) => (query.state.data?.outcome === "open" ? 2000 : false),
  });
}

/** What can be chosen; with words only what they mean, by name, code, pinyin or initials. */
export function dispositionsQuery(q: string) {
  return queryOptions({
    queryKey: ["dispositions", q],
    queryFn: ({ signal }) => unwrap(api.GET("/api/dispositions", { params: { query: { q: q || undefined } }, signal })),
    staleTime: 60_000,
    select: (data) => data.items,
  });
}

export function useDispose(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { codes: string[]; revision: number }) => unwrap(api.PUT("/api/contacts/{id}/dispositions", { params: { path: { id } }, body })),
    onSettled: () => client.invalidateQueries({ queryKey: contactsKey }),
  });
}

export function useNote(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { text: string; revision: number }) => unwrap(api.PUT("/api/contacts/{id}/note", { params: { path: { id } }, body })),
    onSettled: () => client.invalidateQueries({ queryKey: contactsKey }),
  });
}

export function useRevealCaller(id: string) {
  return useMutation({
    mutationFn: (reason: string) => unwrap(api.POST("/api/contacts/{id}/reveal", { params: { path: { id } }, body: { reason } })),
  });
}

/** Queues to choose from; without the permission none. */
export function queuesQuery(enabled: boolean) {
  return queryOptions({
    queryKey: ["queues", "names"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/queues", { params: { query: { limit: 200 } }, signal })),
    staleTime: 60_000,
    enabled,
  });
}
