import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type EntryDetail = paths["/api/audit-entries/{id}"]["get"]["responses"][200]["content"]["application/json"];

export function entryQuery(id: string) {
  return queryOptions({
    queryKey: ["audit", "entry", id],
    queryFn: ({ signal }): Promise<EntryDetail> => unwrap(api.GET("/api/audit-entries/{id}", { params: { path: { id } }, signal })),
    staleTime: 60_000,
  });
}
