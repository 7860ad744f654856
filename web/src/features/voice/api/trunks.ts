import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type TrunkPage = paths["/api/trunks"]["get"]["responses"][200]["content"]["application/json"];
export type Trunk = TrunkPage["items"][number];
export type TrunkDetail = Omit<paths["/api/trunks/{id}"]["get"]["responses"][200]["content"]["application/json"], "$schema">;
export type TrunkBody = Omit<paths["/api/trunks"]["post"]["requestBody"]["content"]["application/json"], "$schema">;
export type TrunkGroup = paths["/api/trunk-groups"]["get"]["responses"][200]["content"]["application/json"]["items"][number];
export type GroupBody = Omit<paths["/api/trunk-groups"]["post"]["requestBody"]["content"]["application/json"], "$schema">;
export type NodeTest = paths["/api/trunks/{id}/test"]["post"]["responses"][200]["content"]["application/json"]["nodes"][number];

export const trunksKey = ["trunks"] as const;
export const groupsKey = ["trunk-groups"] as const;

export interface TrunkFilter {
  q?: string;
}

export function trunksQuery({ q }: TrunkFilter) {
  return infiniteQueryOptions({
    queryKey: [...trunksKey, "list", { q }],
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/api/trunks", { params: { query: { limit: 100, after: pageParam || undefined, q } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export function trunkQuery(id: string) {
  return queryOptions({
    queryKey: [...trunksKey, "one", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/trunks/{id}", { params: { path: { id } }, signal })),
  });
}

export function groupsQuery() {
  return queryOptions({ queryKey: groupsKey, queryFn: ({ signal }) => unwrap(api.GET("/api/trunk-groups", { signal })) });
}

/** Adds a trunk, or changes the version of one that this person saw. */
export function useSaveTrunk(idempotencyKey: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, on }: { body: TrunkBody; on?: { id: string; version: number } }): Promise<{ id: string }> =>
      on
        ? unwrap(api.PUT("/api/trunks/{id}", { params: { path: { id: on.id } }, body: { ...body, version: on.version } }))
        : unwrap(api.POST("/api/trunks", { params: { header: { "Idempotency-Key": idempotencyKey } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: trunksKey }),
  });
}

export function useDeleteTrunk() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }) =>
      unwrap(api.DELETE("/api/trunks/{id}", { params: { path: { id }, query: { version } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: trunksKey }),
  });
}

/** Asks each host now; every node does. */
export function useTestTrunk() {
  return useMutation({ mutationFn: (id: string) => unwrap(api.POST("/api/trunks/{id}/test", { params: { path: { id } } })) });
}

export function useSaveGroup(idempotencyKey: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, on }: { body: GroupBody; on?: { id: string; version: number } }): Promise<{ id: string }> =>
      on
        ? unwrap(api.PUT("/api/trunk-groups/{id}", { params: { path: { id: on.id } }, body: { ...body, version: on.version } }))
        : unwrap(api.POST("/api/trunk-groups", { params: { header: { "Idempotency-Key": idempotencyKey } }, body })),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: groupsKey }), client.invalidateQueries({ queryKey: trunksKey })]),
  });
}

export function useDeleteGroup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }) =>
      unwrap(api.DELETE("/api/trunk-groups/{id}", { params: { path: { id }, query: { version } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: groupsKey }),
  });
}
