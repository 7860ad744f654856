import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { deliveriesQuery } from "./list-deliveries";

/** Asks the server to deliver once more. */
export function useReplayDelivery(webhook: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string): Promise<void> => {
      await unwrap(api.POST("/api/webhook-deliveries/{id}/replay", { params: { path: { id } } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: deliveriesQuery(webhook).queryKey }),
  });
}
