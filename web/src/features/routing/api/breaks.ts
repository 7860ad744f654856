import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type Break = paths["/api/break-reasons"]["get"]["responses"][200]["content"]["application/json"]["items"][number];
export type BreakBody = Omit<paths["/api/break-reasons"]["post"]["requestBody"]["content"]["application/json"], "$schema">;

export const breaksKey = ["break-reasons"] as const;

/** Why agents take breaks, retired reasons too. */
export function breaksQuery() {
  return queryOptions({
    queryKey: breaksKey,
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/break-reasons", { signal }))).items,
  });
}

export function useSaveBreak(idempotencyKey: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, on }: { body: BreakBody; on?: { id: string; version: number } }): Promise<{ id: string }> =>
      on
        ? unwrap(api.PUT("/api/break-reasons/{id}", { params: { path: { id: on.id } }, body: { ...body, version: on.version } }))
        : unwrap(api.POST("/api/break-reasons", { params: { header: { "Idempotency-Key": idempotencyKey } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: breaksKey }),
  });
}
