import { keepPreviousData, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import type { Connection } from "@/lib/live/connection";
import { useLiveTopic } from "@/lib/live/context";

export type Health = paths["/api/health"]["get"]["responses"][200]["content"]["application/json"];
export type Check = Health["checks"][number];
export type Part = Health["parts"][number];
type Language = "zh-CN" | "en";

const KEY = "health";

/** How often to ask although changes are announced, and how often when nobody announces them. */
const ASK_MS = { live: 60_000, starting: 5_000, polling: 5_000, lost: 3_000 } satisfies Record<Connection, number>;

export function healthQuery(language: Language) {
  return queryOptions({
    queryKey: [KEY, language],
    queryFn: ({ signal }) => unwrap(api.GET("/api/health", { params: { query: { lang: language } }, signal })),
    // While the other language loads, the old words stay.
    placeholderData: keepPreviousData,
  });
}

export function useHealth(language: Language) {
  return useQuery(healthQuery(language));
}

/** Keeps the health current: asks again when the server announces a change, and now and then anyway; `enabled` is whether this person may. */
export function useCurrentHealth(language: Language, connection: Connection, enabled = true) {
  const client = useQueryClient();
  useLiveTopic("health.changed", () => {
    void client.invalidateQueries({ queryKey: [KEY] });
  });
  return useQuery({ ...healthQuery(language), refetchInterval: ASK_MS[connection], refetchIntervalInBackground: true, enabled });
}
