import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { sendFile } from "@/lib/api/request";
import type { paths } from "@/lib/api/schema";

export type Prompt = paths["/api/prompts"]["get"]["responses"][200]["content"]["application/json"]["items"][number];

export const promptsKey = ["prompts"] as const;

/** All prompts; an installation has some dozens. */
export function promptsQuery() {
  return queryOptions({
    queryKey: [...promptsKey, "all"],
    queryFn: async ({ signal }) => {
      const all: Prompt[] = [];
      let after: string | undefined;
      do {
        const page = await unwrap(api.GET("/api/prompts", { params: { query: { limit: 200, after } }, signal }));
        all.push(...page.items);
        after = page.next || undefined;
      } while (after !== undefined);
      return all;
    },
  });
}

/** The sound of a prompt; the address is given back with URL.revokeObjectURL. */
export async function fetchSound(id: string, signal?: AbortSignal): Promise<string> {
  const sound = await unwrap(api.GET("/api/prompts/{id}/audio", { params: { path: { id } }, parseAs: "blob", signal }));
  return URL.createObjectURL(new Blob([sound], { type: "audio/wav" }));
}

export function useCreatePrompt() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, centre_id, note, file }: { name: string; centre_id: string; note: string; file: Blob }) =>
      sendFile<{ id: string }>("/api/prompts", { name, centre_id, note }, file),
    onSuccess: () => client.invalidateQueries({ queryKey: promptsKey }),
  });
}

/** Gives the version of a prompt that this person saw another sound. */
export function useReplaceSound() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version, file }: { id: string; version: number; file: Blob }) => sendFile<{ id: string }>(`/api/prompts/${id}/audio`, { version }, file),
    onSettled: () => client.invalidateQueries({ queryKey: promptsKey }),
  });
}

export function useDeletePrompt() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }) =>
      unwrap(api.DELETE("/api/prompts/{id}", { params: { path: { id }, query: { version } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: promptsKey }),
  });
}
