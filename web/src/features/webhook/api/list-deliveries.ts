import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import { webhooksKey } from "./list-webhooks";

type ListOperation = paths["/api/webhooks/{id}/deliveries"]["get"];
export type DeliveryPage = ListOperation["responses"][200]["content"]["application/json"];
export type Delivery = DeliveryPage["items"][number];

export function deliveriesQuery(webhook: string) {
  return infiniteQueryOptions({
    queryKey: [...webhooksKey, webhook, "deliveries"],
    queryFn: ({ pageParam, signal }): Promise<DeliveryPage> =>
      unwrap(
        api.GET("/api/webhooks/{id}/deliveries", {
          params: { path: { id: webhook }, query: { after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}
