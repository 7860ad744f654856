import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../api/client";
import type { paths } from "../api/schema";
import { useLanguage } from "../i18n/hooks";

type Answer = paths["/api/help/{page}"]["get"]["responses"][200]["content"]["application/json"];
export type Addition = Answer["items"][number];

function additionsQuery(page: string) {
  return queryOptions({
    queryKey: ["help", page],
    queryFn: ({ signal }) => unwrap(api.GET("/api/help/{page}", { params: { path: { page } }, signal })),
    staleTime: 60_000,
  });
}

/** What this operator's centres add to the help of a page and its fields, in the language shown; the nation's first. */
export function useAdditions(page: string) {
  const language = useLanguage();
  const answer = useQuery(additionsQuery(page));
  return {
    items: (answer.data?.items ?? []).filter((addition) => addition.lang === language),
    error: answer.error,
    retry: () => void answer.refetch(),
  };
}
