import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type LivePage = paths["/api/live-calls"]["get"]["responses"][200]["content"]["application/json"];
export type LiveCall = LivePage["items"][number];
export type CallPage = paths["/api/calls"]["get"]["responses"][200]["content"]["application/json"];
export type Call = CallPage["items"][number];
export type Quality = Call["quality"];
export type Verdict = Call["verdict"];
export type LadderMessage = paths["/api/calls/{id}/ladder"]["get"]["responses"][200]["content"]["application/json"]["messages"][number];

export const RESULTS = ["completed", "cancelled", "no_answer", "busy", "rejected", "failed"] as const;
export const GRADES = ["good", "fair", "poor"] as const;

export const liveKey = ["live-calls"] as const;
export const callsKey = ["calls"] as const;

/** What happens now; the live topic renews it, the interval is for when that is away. */
export function liveQuery() {
  return queryOptions({ queryKey: liveKey, queryFn: ({ signal }) => unwrap(api.GET("/api/live-calls", { signal })), refetchInterval: 5000 });
}

export interface CallFilter {
  number?: string;
  result?: Call["result"];
  grade?: (typeof GRADES)[number];
}

export function callsQuery({ number, result, grade }: CallFilter) {
  return infiniteQueryOptions({
    queryKey: [...callsKey, "list", { number, result, grade }],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/calls", { params: { query: { limit: 100, after: pageParam || undefined, number, result, grade } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export function callQuery(id: string) {
  return queryOptions({
    queryKey: [...callsKey, "one", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/calls/{id}", { params: { path: { id } }, signal })),
  });
}

/** The SIP messages of a call in progress, or of one that ended. */
export function ladderQuery(id: string, live: boolean) {
  return queryOptions({
    queryKey: [...(live ? liveKey : callsKey), "ladder", id],
    queryFn: ({ signal }) =>
      live
        ? unwrap(api.GET("/api/live-calls/{id}/ladder", { params: { path: { id } }, signal }))
        : unwrap(api.GET("/api/calls/{id}/ladder", { params: { path: { id } }, signal })),
    refetchInterval: live ? 3000 : false,
    retry: false,
  });
}

export function useHang() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, reason }: { id: string; reason: string }) =>
      unwrap(api.POST("/api/live-calls/{id}/hang-up", { params: { path: { id } }, body: { reason } })),
    onSuccess: () => client.invalidateQueries({ queryKey: liveKey }),
  });
}
