import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";

/** What can be asked for; it changes only with the program. */
export const approvalKindsQuery = queryOptions({
  queryKey: ["approval-kinds"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/api/approvals/kinds", { signal }))).kinds,
  staleTime: Infinity,
});
