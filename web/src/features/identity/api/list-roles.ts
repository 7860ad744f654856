import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type Role = paths["/api/roles"]["get"]["responses"][200]["content"]["application/json"]["items"][number];
export type Level = Role["levels"][number];
export type Holder =
  paths["/api/roles/{id}/holders"]["get"]["responses"][200]["content"]["application/json"]["items"][number];
export type Permission = paths["/api/permissions"]["get"]["responses"][200]["content"]["application/json"]["items"][number];

export const rolesKey = ["roles"] as const;

/** All roles: there are dozens, never thousands. */
export function rolesQuery() {
  return queryOptions({
    queryKey: [...rolesKey, "list"],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/roles", { signal }))).items,
  });
}

/** One role as it is now, past the list: for whoever lost against another editor. */
export function readRole(id: string): Promise<Role> {
  return unwrap(api.GET("/api/roles/{id}", { params: { path: { id } } }));
}

/** Everything that can be allowed; it changes with the program only. */
export function permissionsQuery() {
  return queryOptions({
    queryKey: ["permissions"],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/permissions", { signal }))).items,
    staleTime: Infinity,
  });
}

/** Who has a role, page by page. */
export function holdersQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: [...rolesKey, "holders", id],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/roles/{id}/holders", {
          params: { path: { id }, query: { limit: 50, after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}
