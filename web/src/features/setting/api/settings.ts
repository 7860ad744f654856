import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

type Item = components["schemas"]["SettingItem"];
export type CentreName = components["schemas"]["CentreName"];
export type Pending = components["schemas"]["SettingPending"];
export type Lock = Item["own_lock"];

/** A setting at a centre; the description of the API cannot say that these may be missing. */
export type Setting = Omit<Item, "source" | "floor" | "fixed" | "pending"> & {
  source: CentreName | null;
  floor: CentreName | null;
  fixed: CentreName | null;
  pending: Pending | null;
};
export type Link = Omit<components["schemas"]["SettingLink"], "bound"> & { bound: CentreName | null };
export type SettingVersion = components["schemas"]["SettingVersion"];

export const settingsKey = ["settings"] as const;

export function settingsQuery(centre: string | undefined) {
  return queryOptions({
    queryKey: [...settingsKey, "list", centre ?? ""],
    queryFn: async ({ signal }): Promise<readonly Setting[]> =>
      (await unwrap(api.GET("/api/settings", { params: { query: { centre } }, signal }))).items,
  });
}

/** Where a value comes from, from the nation down. */
export function chainQuery(key: string, centre: string) {
  return queryOptions({
    queryKey: [...settingsKey, "chain", key, centre],
    queryFn: async ({ signal }): Promise<readonly Link[]> =>
      (await unwrap(api.GET("/api/settings/{key}", { params: { path: { key }, query: { centre } }, signal }))).chain,
  });
}

export function historyQuery(key: string, centre: string) {
  return queryOptions({
    queryKey: [...settingsKey, "history", key, centre],
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/api/settings/{key}/history", { params: { path: { key }, query: { centre, limit: 50 } }, signal }))).items,
  });
}

export interface SettingChange {
  value: unknown;
  lock: Lock;
  version: number;
  reason: string;
}

/** Changes what a centre says, or asks for it; tells the request when a second person must approve. */
export function useChangeSetting(key: string, centre: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (change: SettingChange): Promise<string | null> =>
      (await unwrap(api.PUT("/api/settings/{key}", { params: { path: { key } }, body: { ...change, centre_id: centre } }))).request_id,
    onSuccess: () => client.invalidateQueries({ queryKey: settingsKey }),
  });
}

export function useRollBackSetting(key: string, centre: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (back: { to: number; version: number; reason: string }): Promise<string | null> =>
      (await unwrap(api.POST("/api/settings/{key}/roll-back", { params: { path: { key } }, body: { ...back, centre_id: centre } }))).request_id,
    onSuccess: () => client.invalidateQueries({ queryKey: settingsKey }),
  });
}
