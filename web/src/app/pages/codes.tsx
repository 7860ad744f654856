import { getRouteApi } from "@tanstack/react-router";
import { CodesView } from "@/features/organization/codes-view";

const route = getRouteApi("/codes");

export function CodesPage() {
  const { table, version } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <CodesView
      table={table ?? null}
      onTable={(code) => void navigate({ search: { table: code } })}
      version={version}
      onVersion={(next) => void navigate({ search: { table, version: next }, replace: true })}
    />
  );
}
