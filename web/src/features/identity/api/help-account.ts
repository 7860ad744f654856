import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { accountsKey } from "./accounts";

/** What can be done to an account at once, without an approval before. */
export type HelpAct = "suspend-now" | "reset-password" | "unlock" | "disable-totp" | "end-sessions";

interface Help {
  id: string;
  act: HelpAct;
  reason: string;
}

/** The temporary password, where the act makes one. */
async function send({ id, act, reason }: Help): Promise<string> {
  const options = { params: { path: { id } }, body: { reason } };
  switch (act) {
    case "suspend-now":
      await unwrap(api.POST("/api/accounts/{id}/suspend-now", options));
      return "";
    case "reset-password":
      return (await unwrap(api.POST("/api/accounts/{id}/reset-password", options))).password;
    case "unlock":
      await unwrap(api.POST("/api/accounts/{id}/unlock", options));
      return "";
    case "disable-totp":
      await unwrap(api.POST("/api/accounts/{id}/disable-totp", options));
      return "";
    case "end-sessions":
      await unwrap(api.POST("/api/accounts/{id}/end-sessions", options));
      return "";
  }
}

export function useHelpAccount() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSettled: () => client.invalidateQueries({ queryKey: accountsKey }),
  });
}

/** The first password of an account that never had one; empty when it went by mail. */
export function useFirstPassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, delivery }: { id: string; delivery: "show" | "email" }) =>
      (await unwrap(api.POST("/api/accounts/{id}/first-password", { params: { path: { id } }, body: { delivery } }))).password,
    onSettled: () => client.invalidateQueries({ queryKey: accountsKey }),
  });
}
