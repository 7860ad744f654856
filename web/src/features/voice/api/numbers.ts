import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type NumberPage = paths["/api/number-actions"]["get"]["responses"][200]["content"]["application/json"];
export type NumberAction = NumberPage["items"][number];
export type NumberDetail = Omit<paths["/api/number-actions/{id}"]["get"]["responses"][200]["content"]["application/json"], "$schema">;
export type NumberBody = Omit<paths["/api/number-actions"]["post"]["requestBody"]["content"]["application/json"], "$schema">;

export const ACTS = ["flow", "queue", "prompt", "echo", "phone", "trunk", "reject"] as const;
export const CAUSES = ["busy", "declined", "forbidden", "unavailable", "not_found", "number_changed", "congestion"] as const;

export const numbersKey = ["number-actions"] as const;

export interface NumberFilter {
  q?: string;
  act?: NumberAction["act"];
}

export function numbersQuery({ q, act }: NumberFilter) {
  return infiniteQueryOptions({
    queryKey: [...numbersKey, "list", { q, act }],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/number-actions", { params: { query: { limit: 100, after: pageParam || undefined, q, act } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** Queues and flows that a number may lead to. */
export function targetsQuery() {
  return queryOptions({
    queryKey: [...numbersKey, "targets"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/number-targets", { signal })),
  });
}

export function numberQuery(id: string) {
  return queryOptions({
    queryKey: [...numbersKey, "one", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/number-actions/{id}", { params: { path: { id } }, signal })),
  });
}

/** Adds an entry, or changes the version of one that this person saw. */
export function useSaveNumber(idempotencyKey: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, on }: { body: NumberBody; on?: { id: string; version: number } }): Promise<{ id: string }> =>
      on
        ? unwrap(api.PUT("/api/number-actions/{id}", { params: { path: { id: on.id } }, body: { ...body, version: on.version } }))
        : unwrap(api.POST("/api/number-actions", { params: { header: { "Idempotency-Key": idempotencyKey } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: numbersKey }),
  });
}

export function useDeleteNumber() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }) =>
      unwrap(api.DELETE("/api/number-actions/{id}", { params: { path: { id }, query: { version } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: numbersKey }),
  });
}
