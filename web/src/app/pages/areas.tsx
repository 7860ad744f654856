import { getRouteApi } from "@tanstack/react-router";
import { AreasView } from "@/features/organization/areas-view";

const route = getRouteApi("/areas");

export function AreasPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <AreasView
      filter={filter}
      onFilter={(next) => void navigate({ search: next })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
