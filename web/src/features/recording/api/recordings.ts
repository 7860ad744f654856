import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, observedFetch, unwrap } from "@/lib/api/client";
import { toApiError } from "@/lib/api/error";
import type { paths } from "@/lib/api/schema";

export type RecordingPage = paths["/api/recordings"]["get"]["responses"][200]["content"]["application/json"];
export type Recording = RecordingPage["items"][number];
export type RecordingDetail = Omit<paths["/api/recordings/{id}"]["get"]["responses"][200]["content"]["application/json"], "$schema">;

/** What a recording is heard for; it stands in the audit. */
export const PURPOSES = ["complaint", "quality", "training", "service", "legal", "technical"] as const;
export type Purpose = (typeof PURPOSES)[number];

export interface RecordingQuery {
  from?: string;
  until?: string;
  centre_id?: string;
  call_id?: string;
  staff_number?: string;
  line?: string;
  direction?: "in" | "out" | "internal";
  state?: "kept" | "erased";
  held?: boolean;
  at_least?: number;
}

export const recordingsKey = ["recordings"] as const;

export function recordingsQuery(query: RecordingQuery) {
  return infiniteQueryOptions({
    queryKey: [...recordingsKey, "list", query],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/recordings", { params: { query: { limit: 100, after: pageParam || undefined, ...query } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export function recordingQuery(id: string) {
  return queryOptions({
    queryKey: [...recordingsKey, "one", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/recordings/{id}", { params: { path: { id } }, signal })),
  });
}

/** The number is sent in the body: it must not stand in an address that browsers and proxies keep. */
export function useFindRecordings() {
  return useMutation({
    mutationFn: (customer: string) => unwrap(api.POST("/api/recordings/find", { body: { customer } })),
  });
}

/** Puts the version that this person saw on hold, or releases it. */
export function useHold(recording: RecordingDetail) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ hold, reason }: { hold: boolean; reason: string }) =>
      unwrap(api.PUT("/api/recordings/{id}/hold", { params: { path: { id: recording.id } }, body: { hold, reason, version: recording.version } })),
    onSettled: () => client.invalidateQueries({ queryKey: recordingsKey }),
  });
}

export function useErase(recording: RecordingDetail) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) =>
      unwrap(api.POST("/api/recordings/{id}/erase", { params: { path: { id: recording.id } }, body: { reason, version: recording.version } })),
    onSettled: () => client.invalidateQueries({ queryKey: recordingsKey }),
  });
}

/** Where the browser reads the audio, in parts as it needs them. */
export function audioAddress(id: string, purpose: Purpose, download = false): string {
  return `/api/recordings/${id}/audio?purpose=${purpose}${download ? "&download=true" : ""}`;
}

/** Why an audio element got nothing: it does not tell, so the first byte is asked for once more. */
export async function audioProblem(address: string): Promise<unknown> {
  try {
    const answer = await observedFetch(new Request(new URL(address, window.location.origin), { headers: { Range: "bytes=0-0" } }));
    const body: unknown = answer.ok ? null : await answer.json().catch(() => null);
    return toApiError(answer.status, body);
  } catch (error) {
    return error;
  }
}
