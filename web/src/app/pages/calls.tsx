import { getRouteApi } from "@tanstack/react-router";
import { CallsView } from "@/features/voice/calls-view";

const route = getRouteApi("/calls");

export function CallsPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <CallsView
      filter={filter}
      onFilter={({ number, result, grade }) => void navigate({ search: { number, result, grade } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
