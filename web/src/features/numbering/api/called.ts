import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type CalledPage = paths["/api/called-numbers"]["get"]["responses"][200]["content"]["application/json"];
export type Called = CalledPage["items"][number];
export type CalledDetail = Omit<paths["/api/called-numbers/{id}"]["get"]["responses"][200]["content"]["application/json"], "$schema">;
export type CalledBody = Omit<paths["/api/called-numbers"]["post"]["requestBody"]["content"]["application/json"], "$schema">;

export const KINDS = ["nation_line", "province_line", "vip_line", "escalation_line", "enterprise", "outside_platform"] as const;
export const STATES = ["active", "suspended", "retired"] as const;

export interface CalledFilter {
  q?: string;
  kind?: Called["kind"];
  state?: Called["state"];
}

export const calledKey = ["called-numbers"] as const;

export function calledQuery({ q, kind, state }: CalledFilter) {
  return infiniteQueryOptions({
    queryKey: [...calledKey, "list", { q, kind, state }],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/called-numbers", { params: { query: { limit: 100, after: pageParam || undefined, q, kind, state } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export function calledDetailQuery(id: string) {
  return queryOptions({
    queryKey: [...calledKey, "one", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/called-numbers/{id}", { params: { path: { id } }, signal })),
  });
}

/** Adds a number, or changes the version of one that this person saw. */
export function useSaveCalled(idempotencyKey: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, on }: { body: CalledBody; on?: { id: string; version: number } }): Promise<{ id: string }> =>
      on
        ? unwrap(api.PUT("/api/called-numbers/{id}", { params: { path: { id: on.id } }, body: { ...body, version: on.version } }))
        : unwrap(api.POST("/api/called-numbers", { params: { header: { "Idempotency-Key": idempotencyKey } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: calledKey }),
  });
}
