import { getRouteApi } from "@tanstack/react-router";
import { NumbersView } from "@/features/numbering/numbers-view";

const route = getRouteApi("/numbers");

export function NumbersPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <NumbersView
      filter={filter}
      onFilter={({ q, kind, state }) => void navigate({ search: { q, kind, state } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
