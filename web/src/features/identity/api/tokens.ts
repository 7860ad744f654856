import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

type Page = paths["/api/tokens/all"]["get"]["responses"][200]["content"]["application/json"];
export type AnyToken = NonNullable<Page["items"]>[number];

const allTokensKey = ["all-tokens"] as const;

/** The API tokens of everybody in one's area, newest first. */
export const allTokensQuery = infiniteQueryOptions({
  queryKey: allTokensKey,
  queryFn: ({ pageParam, signal }) => unwrap(api.GET("/api/tokens/all", { params: { query: { limit: 100, after: pageParam || undefined } }, signal })),
  initialPageParam: "",
  getNextPageParam: (page) => page.next || undefined,
});

/** Ends somebody's token at once. */
export function useRevokeAny() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/tokens/{id}", { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: allTokensKey }),
  });
}
