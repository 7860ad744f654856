import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { approvalsKey } from "./list-approvals";

interface Decision {
  ids: string[];
  approve: boolean;
  comment: string;
}

/** Decides several requests, each for itself; grave ones are left out by the server. */
export function useDecideApprovals() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (decision: Decision) => (await unwrap(api.POST("/api/approvals/decide", { body: decision }))).outcomes,
    onSettled: () => client.invalidateQueries({ queryKey: approvalsKey }),
  });
}
