import { getRouteApi } from "@tanstack/react-router";
import { PoliciesView } from "@/features/identity/policies-view";

const route = getRouteApi("/policies");

export function PoliciesPage() {
  const { view = "mine", open } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <PoliciesView
      view={view}
      onView={(next) => void navigate({ search: { view: next } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { view: id === null ? view : "all", open: id ?? undefined }, replace: true })}
    />
  );
}
