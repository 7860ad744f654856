import { getRouteApi } from "@tanstack/react-router";
import { ReportView } from "@/features/report/report-view";

const route = getRouteApi("/reports");

export function ReportsPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  return <ReportView filter={filter} onFilter={(next) => void navigate({ search: next })} />;
}
