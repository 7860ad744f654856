import { getRouteApi } from "@tanstack/react-router";
import { QueuesView } from "@/features/routing/queues-view";

const route = getRouteApi("/queues");

export function QueuesPage() {
  const { open, tab = "queues", ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <QueuesView
      tab={tab}
      onTab={(next) => void navigate({ search: { tab: next === "queues" ? undefined : next } })}
      filter={filter}
      onFilter={({ q, channel }) => void navigate({ search: { tab: tab === "queues" ? undefined : tab, q, channel } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: (shown) => ({ ...shown, open: id ?? undefined }), replace: true })}
    />
  );
}
