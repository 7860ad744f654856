import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type Centre = components["schemas"]["CentreItem"];
export type CentreFull = components["schemas"]["CentreFull"];

export const centreKey = ["organization", "centre"] as const;

/** One centre with its path and what it has. */
export function centreQuery(id: string) {
  return queryOptions({
    queryKey: [...centreKey, id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/centres/{id}", { params: { path: { id } }, signal })),
  });
}

export const allCentresKey = ["organization", "centres"] as const;

/** All centres that this person may see, with everything that the page shows of them. */
export const allCentresQuery = queryOptions({
  queryKey: allCentresKey,
  queryFn: async ({ signal }) => (await unwrap(api.GET("/api/centres/tree", { signal }))).items,
});
