import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

type SendOperation = paths["/api/messages"]["post"];
export type NewMessage = Omit<SendOperation["requestBody"]["content"]["application/json"], "$schema">;

/** Hands a message over. With the same key it is sent once, however often the request is repeated. */
export function useSendMessage(idempotencyKey: string) {
  return useMutation({
    mutationFn: (message: NewMessage) =>
      unwrap(
        api.POST("/api/messages", {
          params: { header: { "Idempotency-Key": idempotencyKey } },
          body: message,
        }),
      ),
  });
}
