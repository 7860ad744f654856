import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { approvalQuery, type FullApproval } from "./get-approval";
import { approvalsKey } from "./list-approvals";

interface Act {
  id: string;
  act: "approve" | "refuse" | "withdraw" | "remark";
  text: string;
}

function send({ id, act, text }: Act): Promise<FullApproval> {
  const params = { path: { id } };
  switch (act) {
    case "approve":
    case "refuse":
      return unwrap(api.POST("/api/approvals/{id}/decide", { params, body: { approve: act === "approve", comment: text } }));
    case "withdraw":
      return unwrap(api.POST("/api/approvals/{id}/withdraw", { params, body: { comment: text } }));
    case "remark":
      return unwrap(api.POST("/api/approvals/{id}/remarks", { params, body: { text } }));
  }
}

/** Decides, takes back or remarks on one request. Whatever comes of it, the request is read again. */
export function useActOnApproval() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: (full, { id }) => {
      client.setQueryData(approvalQuery(id).queryKey, full);
    },
    onSettled: () => client.invalidateQueries({ queryKey: approvalsKey }),
  });
}
