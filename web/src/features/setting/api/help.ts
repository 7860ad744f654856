import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type HelpText = components["schemas"]["HelpTextItem"];

export const helpTextsKey = ["help-texts"] as const;

export function helpTextsQuery(centre: string | undefined) {
  return queryOptions({
    queryKey: [...helpTextsKey, "list", centre ?? ""],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/help-texts", { params: { query: { centre } }, signal }))).items,
  });
}

export function helpHistoryQuery(text: Pick<HelpText, "key" | "lang"> & { centre: { id: string } }) {
  return queryOptions({
    queryKey: [...helpTextsKey, "history", text.key, text.lang, text.centre.id],
    queryFn: async ({ signal }) =>
      (
        await unwrap(
          api.GET("/api/help/{key}/history", { params: { path: { key: text.key }, query: { lang: text.lang, centre: text.centre.id, limit: 50 } }, signal }),
        )
      ).items,
  });
}

/** The text as it would look; the server renders and cleans it. */
export function previewQuery(body: string) {
  return queryOptions({
    queryKey: [...helpTextsKey, "preview", body],
    queryFn: async ({ signal }) => (await unwrap(api.POST("/api/help-preview", { body: { body }, signal }))).body_html,
    staleTime: Infinity,
  });
}

export interface HelpEdit {
  key: string;
  lang: HelpText["lang"];
  centre_id: string;
  body: string;
  version: number;
  reason: string;
}

export function useWriteHelp() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, ...body }: HelpEdit) => unwrap(api.PUT("/api/help/{page}", { params: { path: { page: key } }, body })),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: helpTextsKey }), client.invalidateQueries({ queryKey: ["help"] })]),
  });
}
