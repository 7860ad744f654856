import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { asApiError } from "@/lib/api/error";
import type { paths } from "@/lib/api/schema";

export type Day = Omit<paths["/api/agent/day"]["get"]["responses"][200]["content"]["application/json"], "$schema">;
export type DayContact = Day["contacts"][number];
export type DeskContact = Omit<paths["/api/agent/contacts/{id}"]["get"]["responses"][200]["content"]["application/json"], "$schema">;
export type Work = Omit<paths["/api/contacts/{id}/work"]["get"]["responses"][200]["content"]["application/json"], "$schema">;
export type Said = Work["dispositions"];
export type Code = Said["codes"][number];
export type Disposition = paths["/api/dispositions"]["get"]["responses"][200]["content"]["application/json"]["items"][number];

export const dayKey = ["agent", "day"] as const;

export function dayQuery() {
  return queryOptions({ queryKey: dayKey, queryFn: ({ signal }) => unwrap(api.GET("/api/agent/day", { signal })), refetchInterval: 60_000 });
}

/** The record follows its contact within a second. */
function notYet(failures: number, error: unknown): boolean {
  const { status } = asApiError(error);
  return failures < 20 && (status === 404 || status === 0 || status >= 500);
}

/** Home of the number, way through the flow and last contact of who is calling. */
export function contactQuery(id: string) {
  return queryOptions({
    queryKey: ["agent", "contact", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/agent/contacts/{id}", { params: { path: { id } }, signal })),
    retry: notYet,
    retryDelay: 500,
    // Until it is written down, and then that this agent took it.
    refetchInterval: ({ state }) => (state.data?.served === true ? false : state.data?.known === true ? 1_000 : 300),
  });
}

export function workKey(id: string) {
  return ["agent", "work", id] as const;
}

/** `ready`: the server knows that this agent served the contact, or cannot be asked. */
export function workQuery(id: string, ready = true) {
  return queryOptions({
    queryKey: workKey(id),
    enabled: ready,
    queryFn: ({ signal }) => unwrap(api.GET("/api/contacts/{id}/work", { params: { path: { id } }, signal })),
    retry: notYet,
    retryDelay: 300,
  });
}

/** The whole tree: it is small, and finding in it must not wait for the network. */
export function treeQuery() {
  return queryOptions({
    queryKey: ["agent", "dispositions"],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/dispositions", { signal }))).items,
    staleTime: 5 * 60_000,
  });
}

export async function putCodes(id: string, codes: readonly string[], revision: number): Promise<Said> {
  return unwrap(api.PUT("/api/contacts/{id}/dispositions", { params: { path: { id } }, body: { codes: [...codes], revision } }));
}

export async function putNote(id: string, text: string, revision: number): Promise<number> {
  return (await unwrap(api.PUT("/api/contacts/{id}/note", { params: { path: { id } }, body: { text, revision } }))).revision;
}
