import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type Seal = paths["/api/audit/seal"]["get"]["responses"][200]["content"]["application/json"];

export const sealKey = ["audit", "seal"] as const;

export const sealQuery = queryOptions({
  queryKey: sealKey,
  queryFn: ({ signal }): Promise<Seal> => unwrap(api.GET("/api/audit/seal", { signal })),
  refetchInterval: 30_000,
});
