import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import { reviewsKey } from "./reviews";

export type FullSheet = paths["/api/review-sheets/{id}"]["get"]["responses"][200]["content"]["application/json"];
export type ReviewItem = NonNullable<FullSheet["items"]>[number];

export function sheetQuery(id: string) {
  return queryOptions({
    queryKey: [...reviewsKey, "sheet", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/review-sheets/{id}", { params: { path: { id } }, signal })),
  });
}

export interface Verdict {
  item_id: string;
  verdict: "keep" | "revoke" | "";
  reason: string;
}

/** Notes verdicts at once in the page and then at the server; what it refuses is taken back. */
export function useDecideItems(id: string) {
  const client = useQueryClient();
  const { queryKey } = sheetQuery(id);
  return useMutation({
    // Verdicts of one sheet follow each other, so that the last one counts.
    scope: { id: `review-sheet ${id}` },
    mutationFn: (verdicts: Verdict[]) => unwrap(api.POST("/api/review-sheets/{id}/verdicts", { params: { path: { id } }, body: { verdicts } })),
    onMutate: (verdicts) => {
      const byItem = new Map(verdicts.map((verdict) => [verdict.item_id, verdict]));
      client.setQueryData(queryKey, (before) =>
        before && {
          ...before,
          items: before.items.map((item) => {
            const verdict = byItem.get(item.id);
            return verdict ? { ...item, verdict: verdict.verdict, reason: verdict.reason } : item;
          }),
        },
      );
    },
    onError: () => client.invalidateQueries({ queryKey }),
  });
}

export function useSignSheet(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { version: number; password: string; code: string; remark: string }) =>
      unwrap(api.POST("/api/review-sheets/{id}/sign", { params: { path: { id } }, body })),
    onSuccess: (sheet) => {
      client.setQueryData(sheetQuery(id).queryKey, sheet);
    },
    onSettled: () => client.invalidateQueries({ queryKey: reviewsKey }),
  });
}
