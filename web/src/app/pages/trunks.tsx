import { getRouteApi } from "@tanstack/react-router";
import { TrunksView } from "@/features/voice/trunks-view";

const route = getRouteApi("/trunks");

export function TrunksPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <TrunksView
      filter={filter}
      onFilter={({ q }) => void navigate({ search: { q } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
