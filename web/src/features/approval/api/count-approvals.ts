import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { approvalsKey } from "./list-approvals";

/** What waits for this person, and what they wait for. */
export const approvalCountQuery = queryOptions({
  queryKey: [...approvalsKey, "count"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/approvals/count", { signal })),
  staleTime: 30_000,
});
