import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { webhooksKey } from "./list-webhooks";

export function useDeleteWebhook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string): Promise<void> => {
      await unwrap(api.DELETE("/api/webhooks/{id}", { params: { path: { id } } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: webhooksKey, exact: true }),
  });
}
