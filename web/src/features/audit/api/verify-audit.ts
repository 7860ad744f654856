import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import { sealKey } from "./get-seal";

export type Verification = paths["/api/audit/verification"]["post"]["responses"][200]["content"]["application/json"];

export function useVerifyAudit() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (days: number): Promise<Verification> => unwrap(api.POST("/api/audit/verification", { body: { days } })),
    onSettled: () => client.invalidateQueries({ queryKey: sealKey }),
  });
}
