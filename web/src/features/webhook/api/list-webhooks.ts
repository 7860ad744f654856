import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

type WebhookList = paths["/api/webhooks"]["get"]["responses"][200]["content"]["application/json"];
export type Webhook = WebhookList["items"][number];

export const webhooksKey = ["webhooks"] as const;

export function webhooksQuery() {
  return queryOptions({
    queryKey: webhooksKey,
    queryFn: async ({ signal }) => unwrap(api.GET("/api/webhooks", { signal })),
  });
}
