import { getRouteApi } from "@tanstack/react-router";
import { StaffView } from "@/features/organization/staff-view";

const route = getRouteApi("/staff");

export function StaffPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <StaffView
      filter={filter}
      onFilter={(next) => void navigate({ search: next })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
