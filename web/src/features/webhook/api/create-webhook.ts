import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import { webhooksKey } from "./list-webhooks";

type CreateOperation = paths["/api/webhooks"]["post"];
export type NewWebhook = Omit<CreateOperation["requestBody"]["content"]["application/json"], "$schema">;

export interface CreatedWebhook {
  id: string;
  /** The signing secret; the server tells it this once. */
  secret: string;
}

export function useCreateWebhook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (webhook: NewWebhook): Promise<CreatedWebhook> => unwrap(api.POST("/api/webhooks", { body: webhook })),
    onSuccess: () => client.invalidateQueries({ queryKey: webhooksKey }),
  });
}
