import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import { approvalsKey } from "./list-approvals";

export type FullApproval = paths["/api/approvals/{id}"]["get"]["responses"][200]["content"]["application/json"];

export function approvalQuery(id: string) {
  return queryOptions({
    queryKey: [...approvalsKey, "one", id],
    queryFn: ({ signal }): Promise<FullApproval> => unwrap(api.GET("/api/approvals/{id}", { params: { path: { id } }, signal })),
  });
}
