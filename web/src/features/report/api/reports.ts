import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import { queryOf, type ReportFilter, type ReportId } from "../filter";

export type Definition = paths["/api/reports"]["get"]["responses"][200]["content"]["application/json"]["items"][number];
export type Report = Omit<paths["/api/reports/{id}"]["get"]["responses"][200]["content"]["application/json"], "$schema">;
export type ReportTable = Report["tables"][number];
export type Column = ReportTable["columns"][number];
export type Row = ReportTable["rows"][number];
export type Instance = NonNullable<ReportTable["instances"]>[number];
export type ReportQuery = NonNullable<paths["/api/reports/{id}"]["get"]["parameters"]["query"]>;

export const reportsKey = ["reports"] as const;

export const definitionsQuery = queryOptions({
  queryKey: [...reportsKey, "definitions"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/reports", { signal })),
  staleTime: 60 * 60_000,
});

/** A report; what is on screen stays until the next one is there. */
export function reportQuery(id: ReportId, filter: ReportFilter, today: string) {
  const query = queryOf(filter, today);
  return queryOptions({
    queryKey: [...reportsKey, "one", id, query],
    queryFn: ({ signal }) => unwrap(api.GET("/api/reports/{id}", { params: { path: { id }, query }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** Queues to choose from; without the permission none. */
export function queueChoices(enabled: boolean) {
  return queryOptions({
    queryKey: ["queues", "names"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/queues", { params: { query: { limit: 200 } }, signal })),
    staleTime: 60_000,
    enabled,
  });
}

/** The teams of a centre. */
export function teamChoices(centre: string | undefined, enabled: boolean) {
  return queryOptions({
    queryKey: ["teams", "choices", centre ?? ""],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/teams", { params: { query: { centre_id: centre, limit: 200 } }, signal }))).items,
    staleTime: 60_000,
    enabled,
  });
}
