import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";

/** The skills that a queue may need. */
export function skillsQuery() {
  return queryOptions({
    queryKey: ["skills", "of-queues"],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/skills", { params: { query: { limit: 200 } }, signal }))).items,
    staleTime: 60_000,
  });
}
