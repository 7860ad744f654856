import { getRouteApi } from "@tanstack/react-router";
import { AuditView } from "@/features/audit/audit-view";

const route = getRouteApi("/audit");

export function AuditPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <AuditView
      filter={filter}
      onFilter={(next) => void navigate({ search: next })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
