import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { rolesKey, type Level } from "./list-roles";

export interface RoleValues {
  code: string;
  name_zh: string;
  name_en: string;
  note: string;
  levels: Level[];
  permissions: string[];
}

/** Which role is saved: one that is there at a version, or a new one under a key that makes retries harmless. */
export type RoleTarget = { id: string; version: number } | { idempotencyKey: string };

/** Makes or changes a role and gives its id. */
export function useSaveRole() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ target, values }: { target: RoleTarget; values: RoleValues }) => {
      const { code, ...fields } = values;
      if ("id" in target) {
        const { id, version } = target;
        return (await unwrap(api.PUT("/api/roles/{id}", { params: { path: { id } }, body: { ...fields, version } }))).id;
      }
      const header = { "Idempotency-Key": target.idempotencyKey };
      return (await unwrap(api.POST("/api/roles", { params: { header }, body: { ...fields, code } }))).id;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: rolesKey }),
  });
}

/** Removes a role that nobody has. */
export function useDeleteRole() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }) =>
      unwrap(api.DELETE("/api/roles/{id}", { params: { path: { id }, query: { version } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: rolesKey }),
  });
}
