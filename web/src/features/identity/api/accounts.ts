import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

type Page = paths["/api/accounts"]["get"]["responses"][200]["content"]["application/json"];
export type Account = NonNullable<Page["items"]>[number];
export type FullAccount = paths["/api/accounts/{id}"]["get"]["responses"][200]["content"]["application/json"];
export type Effective = NonNullable<paths["/api/accounts/{id}/permissions"]["get"]["responses"][200]["content"]["application/json"]["items"]>[number];

export interface AccountFilter {
  state?: Account["state"];
  centre_id?: string;
  role_id?: string;
  q?: string;
}

export const accountsKey = ["accounts"] as const;

/** Accounts by staff number. */
export function accountsQuery({ state, centre_id, role_id, q }: AccountFilter) {
  const filter = { state, centre_id, role_id, q };
  return infiniteQueryOptions({
    queryKey: [...accountsKey, "list", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/accounts", { params: { query: { ...filter, limit: 100, after: pageParam || undefined } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

type UnusedPage = paths["/api/accounts/unused"]["get"]["responses"][200]["content"]["application/json"];
export type UnusedAccount = NonNullable<UnusedPage["items"]>[number];

/** Active accounts without a sign-in for so many days, by staff number. */
export function unusedQuery(days: number) {
  return infiniteQueryOptions({
    queryKey: [...accountsKey, "unused", days],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/accounts/unused", { params: { query: { days, limit: 100, after: pageParam || undefined } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export function accountQuery(id: string) {
  return queryOptions({
    queryKey: [...accountsKey, "one", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/accounts/{id}", { params: { path: { id } }, signal })),
  });
}

/** What an account may do now, and through which role. */
export function effectiveQuery(id: string) {
  return queryOptions({
    queryKey: [...accountsKey, "one", id, "permissions"],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/accounts/{id}/permissions", { params: { path: { id } }, signal }))).items,
  });
}
