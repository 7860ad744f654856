import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { sendFile } from "@/lib/api/request";
import type { paths } from "@/lib/api/schema";

export type VersionPage = paths["/api/number-segments/versions"]["get"]["responses"][200]["content"]["application/json"];
export type Version = VersionPage["items"][number];
export type ChangePage = paths["/api/number-segments/versions/{number}/changes"]["get"]["responses"][200]["content"]["application/json"];
export type SegmentChange = ChangePage["items"][number];

export const segmentsKey = ["number-segments"] as const;

/** While a file is read its progress is asked for this often, should live updates not come. */
const WATCH_MS = 1_500;

export const versionsQuery = infiniteQueryOptions({
  queryKey: [...segmentsKey, "versions"],
  queryFn: ({ pageParam, signal }) =>
    unwrap(api.GET("/api/number-segments/versions", { params: { query: { limit: 50, after: pageParam || undefined } }, signal })),
  initialPageParam: "",
  getNextPageParam: (page) => page.next || undefined,
  refetchInterval: (query) =>
    query.state.data?.pages.some((page) => page.items.some((version) => version.state === "reading")) ? WATCH_MS : false,
});

export function versionQuery(number: number) {
  return queryOptions({
    queryKey: [...segmentsKey, "version", number],
    queryFn: ({ signal }) => unwrap(api.GET("/api/number-segments/versions/{number}", { params: { path: { number } }, signal })),
    refetchInterval: (query) => (query.state.data?.state === "reading" ? WATCH_MS : false),
  });
}

export function differenceQuery(number: number) {
  return queryOptions({
    queryKey: [...segmentsKey, "difference", number],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/number-segments/versions/{number}/difference", { params: { path: { number } }, signal })),
  });
}

export function changesQuery(number: number) {
  return infiniteQueryOptions({
    queryKey: [...segmentsKey, "changes", number],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/number-segments/versions/{number}/changes", {
          params: { path: { number }, query: { limit: 50, after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** Hands a file in; reading goes on in the background and can be left. */
export function useImportSegments() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, file }: { name: string; file: File }) =>
      sendFile<Version>("/api/number-segments/import", { name, file_name: file.name }, file),
    onSuccess: () => client.invalidateQueries({ queryKey: segmentsKey }),
  });
}

export function useActivateVersion() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ number, basedOn, reason }: { number: number; basedOn: number; reason: string }) =>
      unwrap(
        api.POST("/api/number-segments/versions/{number}/activate", {
          params: { path: { number } },
          body: { based_on: basedOn, reason },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: segmentsKey }),
  });
}

export function useCancelVersion() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (number: number) =>
      unwrap(api.POST("/api/number-segments/versions/{number}/cancel", { params: { path: { number } } })),
    onSettled: () => client.invalidateQueries({ queryKey: segmentsKey }),
  });
}
