import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type QueuePage = paths["/api/queues"]["get"]["responses"][200]["content"]["application/json"];
export type Queue = QueuePage["items"][number];
export type QueueDetail = Omit<paths["/api/queues/{id}"]["get"]["responses"][200]["content"]["application/json"], "$schema">;
export type QueueBody = Omit<paths["/api/queues"]["post"]["requestBody"]["content"]["application/json"], "$schema">;
export type QueueLive = paths["/api/routing/queues"]["get"]["responses"][200]["content"]["application/json"]["items"][number];
export type Overflow = QueueBody["overflow"][number];
export type Need = QueueBody["needs"][number];

export const CHANNELS = ["voice", "chat", "mail", "task"] as const;
export const WRAP_UPS = ["none", "timed", "mandatory", "optional"] as const;
export const NO_AGENTS = ["wait", "refuse", "expel"] as const;

export const queuesKey = ["queues"] as const;
export const liveKey = ["queues-live"] as const;

export interface QueueFilter {
  q?: string;
  channel?: Queue["channel"];
}

export function queuesQuery({ q, channel }: QueueFilter) {
  return infiniteQueryOptions({
    queryKey: [...queuesKey, "list", { q, channel }],
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/api/queues", { params: { query: { limit: 100, after: pageParam || undefined, q, channel } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export function queueQuery(id: string) {
  return queryOptions({
    queryKey: [...queuesKey, "one", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/queues/{id}", { params: { path: { id } }, signal })),
  });
}

/** What happens in the queues now. */
export function liveQuery() {
  return queryOptions({
    queryKey: liveKey,
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/routing/queues", { signal }))).items,
  });
}

/** Adds a queue, or changes the version of one that this person saw. */
export function useSaveQueue(idempotencyKey: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, on }: { body: QueueBody; on?: { id: string; version: number } }): Promise<{ id: string }> =>
      on
        ? unwrap(api.PUT("/api/queues/{id}", { params: { path: { id: on.id } }, body: { ...body, version: on.version } }))
        : unwrap(api.POST("/api/queues", { params: { header: { "Idempotency-Key": idempotencyKey } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: queuesKey }),
  });
}

export function useDeleteQueue() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }) => unwrap(api.DELETE("/api/queues/{id}", { params: { path: { id }, query: { version } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: queuesKey }),
  });
}
