import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

type Page = paths["/api/reviews"]["get"]["responses"][200]["content"]["application/json"];
export type Campaign = NonNullable<Page["items"]>[number];
export type Sheet = NonNullable<paths["/api/review-sheets"]["get"]["responses"][200]["content"]["application/json"]["items"]>[number];
export type NewCampaign = Omit<paths["/api/reviews"]["post"]["requestBody"]["content"]["application/json"], "$schema">;

export const reviewsKey = ["reviews"] as const;

export const campaignsQuery = infiniteQueryOptions({
  queryKey: [...reviewsKey, "list"],
  queryFn: ({ pageParam, signal }) => unwrap(api.GET("/api/reviews", { params: { query: { limit: 50, after: pageParam || undefined } }, signal })),
  initialPageParam: "",
  getNextPageParam: (page) => page.next || undefined,
});

export function campaignQuery(id: string) {
  return queryOptions({
    queryKey: [...reviewsKey, "one", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/reviews/{id}", { params: { path: { id } }, signal })),
  });
}

/** The sheets that this person reviews. */
export const ownSheetsQuery = queryOptions({
  queryKey: [...reviewsKey, "own"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/api/review-sheets", { signal }))).items,
});

export function useOpenCampaign() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (campaign: NewCampaign) => unwrap(api.POST("/api/reviews", { body: campaign })),
    onSettled: () => client.invalidateQueries({ queryKey: reviewsKey }),
  });
}

export function useCloseCampaign() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version, reason }: { id: string; version: number; reason: string }) =>
      unwrap(api.POST("/api/reviews/{id}/close", { params: { path: { id } }, body: { version, reason } })),
    onSettled: () => client.invalidateQueries({ queryKey: reviewsKey }),
  });
}

export function useHandOver() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version, number, reason }: { id: string; version: number; number: string; reason: string }) =>
      unwrap(api.POST("/api/review-sheets/{id}/hand-over", { params: { path: { id } }, body: { version, number, reason } })),
    onSettled: () => client.invalidateQueries({ queryKey: reviewsKey }),
  });
}
