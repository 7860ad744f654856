import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { OrganizationView } from "@/features/organization/organization-view";

const route = getRouteApi("/organization");

export function OrganizationPage() {
  const { centre } = route.useSearch();
  const navigate = useNavigate();
  return (
    <OrganizationView
      centreId={centre ?? null}
      onCentre={(id) => void navigate({ to: "/organization", search: { centre: id }, replace: true })}
      onAreas={(id) => void navigate({ to: "/areas", search: { centre: id } })}
    />
  );
}
