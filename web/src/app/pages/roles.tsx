import { getRouteApi } from "@tanstack/react-router";
import { RolesView } from "@/features/identity/roles/roles-view";

const route = getRouteApi("/roles");

export function RolesPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <RolesView
      filter={filter}
      onFilter={({ tab, q }) => void navigate({ search: { tab, q } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
