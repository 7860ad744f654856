import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type PortedPage = paths["/api/ported-numbers"]["get"]["responses"][200]["content"]["application/json"];
export type Ported = PortedPage["items"][number];
export type PortedBody = Omit<paths["/api/ported-numbers"]["post"]["requestBody"]["content"]["application/json"], "$schema">;

export const portedKey = ["ported-numbers"] as const;

export function portedQuery(begin: string) {
  return infiniteQueryOptions({
    queryKey: [...portedKey, "list", begin],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/ported-numbers", {
          params: { query: { limit: 100, after: pageParam || undefined, begin: begin || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** Adds an entry, or changes the version of one that this person saw; the number of an entry stays. */
export function useSavePorted(idempotencyKey: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body: { number, ...rest }, on }: { body: PortedBody; on?: Ported }): Promise<unknown> =>
      on
        ? unwrap(api.PUT("/api/ported-numbers/{id}", { params: { path: { id: on.id } }, body: { ...rest, version: on.version } }))
        : unwrap(api.POST("/api/ported-numbers", { params: { header: { "Idempotency-Key": idempotencyKey } }, body: { number, ...rest } })),
    onSuccess: () => client.invalidateQueries({ queryKey: portedKey }),
  });
}

export function useDeletePorted() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: Ported) =>
      unwrap(api.DELETE("/api/ported-numbers/{id}", { params: { path: { id }, query: { version } } })),
    onSettled: () => client.invalidateQueries({ queryKey: portedKey }),
  });
}
