import { getRouteApi } from "@tanstack/react-router";
import { PhonesView } from "@/features/voice/phones-view";

const route = getRouteApi("/phones");

export function PhonesPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <PhonesView
      filter={filter}
      onFilter={({ q }) => void navigate({ search: { q } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
