import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";

/** The roles that can be given. */
export const rolesToGiveQuery = queryOptions({
  queryKey: ["roles", "to-give"],
  queryFn: async ({ signal }) => ((await unwrap(api.GET("/api/roles", { signal }))).items).filter(({ state }) => state === "active"),
  staleTime: 60_000,
});

/** Members of staff who work, by a part of number or name. */
export function staffToChooseQuery(words: string) {
  return queryOptions({
    queryKey: ["staff", "to-choose", words],
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/api/staff", { params: { query: { q: words || undefined, state: "active", limit: 30 } }, signal }))).items,
    staleTime: 30_000,
  });
}

/** The teams of a centre, to review one of them. */
export function teamsToReviewQuery(centre: string) {
  return queryOptions({
    queryKey: ["teams", "to-review", centre],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/teams", { params: { query: { centre_id: centre, limit: 200 } }, signal }))).items,
    enabled: centre !== "",
    staleTime: 30_000,
  });
}
