import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

type ListOperation = paths["/api/approvals"]["get"];
export type ApprovalPage = ListOperation["responses"][200]["content"]["application/json"];
export type Approval = ApprovalPage["items"][number];

export interface ApprovalFilter {
  box: "to_decide" | "mine" | "all";
  state?: Approval["state"];
  kind?: string;
  q?: string;
}

export const approvalsKey = ["approvals"] as const;

/** Requests of a box, newest first. */
export function approvalsQuery({ box, state, kind, q }: ApprovalFilter) {
  const filter = { box, state, kind, q };
  return infiniteQueryOptions({
    queryKey: [...approvalsKey, "list", filter],
    queryFn: ({ pageParam, signal }): Promise<ApprovalPage> =>
      unwrap(api.GET("/api/approvals", { params: { query: { ...filter, limit: 50, after: pageParam || undefined } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}
