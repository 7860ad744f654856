import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import { accountsKey } from "./accounts";

type AskOperation = paths["/api/account-requests"]["post"];
export type AccountAsk = Omit<AskOperation["requestBody"]["content"]["application/json"], "$schema">;

/** Asks for an account or a change of one; somebody else decides. */
export function useAskAccount() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ask: AccountAsk) => unwrap(api.POST("/api/account-requests", { body: ask })),
    onSettled: () => client.invalidateQueries({ queryKey: accountsKey }),
  });
}
