import { getRouteApi } from "@tanstack/react-router";
import { WebhooksView } from "@/features/webhook/webhooks-view";

const route = getRouteApi("/webhooks");

export function WebhooksPage() {
  const { open } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <WebhooksView
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { open: id ?? undefined }, replace: true })}
    />
  );
}
