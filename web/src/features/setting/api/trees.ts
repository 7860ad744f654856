import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { components, paths } from "@/lib/api/schema";
import type { CentreName } from "./settings";

export type TreeName = components["schemas"]["TreeDefinition"];
type Answer = paths["/api/code-trees/{key}"]["get"]["responses"][200]["content"]["application/json"];
export type Entry = Omit<Answer["entries"][number], "renamed_by" | "hidden_by"> & { renamed_by: CentreName | null; hidden_by: CentreName | null };
export type Tree = Omit<Answer, "entries"> & { entries: Entry[] };
export type Node = Answer["layer"]["nodes"][number];
export type Refinement = Answer["layer"]["refinements"][number];

export const treesKey = ["code-trees"] as const;

export const treesQuery = queryOptions({
  queryKey: [...treesKey, "names"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/api/code-trees", { signal }))).items,
});

export function treeQuery(key: string, centre: string | undefined) {
  return queryOptions({
    queryKey: [...treesKey, "one", key, centre ?? ""],
    queryFn: async ({ signal }): Promise<Tree> => unwrap(api.GET("/api/code-trees/{key}", { params: { path: { key }, query: { centre } }, signal })),
  });
}

export function treeHistoryQuery(key: string, centre: string) {
  return queryOptions({
    queryKey: [...treesKey, "history", key, centre],
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/api/code-trees/{key}/history", { params: { path: { key }, query: { centre, limit: 50 } }, signal }))).items,
  });
}

export interface LayerEdit {
  centre_id: string;
  version: number;
  nodes: Node[];
  refinements: Refinement[];
  active_from?: string;
  reason: string;
}

/** Publishes what a centre contributes. */
export function useSaveLayer(key: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (edit: LayerEdit) => unwrap(api.PUT("/api/code-trees/{key}/layer", { params: { path: { key } }, body: edit })),
    onSuccess: () => client.invalidateQueries({ queryKey: treesKey }),
  });
}

export function useRollBackLayer(key: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (back: { centre_id: string; to: number; version: number; reason: string }) =>
      unwrap(api.POST("/api/code-trees/{key}/roll-back", { params: { path: { key } }, body: back })),
    onSuccess: () => client.invalidateQueries({ queryKey: treesKey }),
  });
}

export function useMakeTree(idempotencyKey: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: TreeName) => unwrap(api.POST("/api/code-trees", { params: { header: { "Idempotency-Key": idempotencyKey } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: treesKey }),
  });
}
