import { getRouteApi } from "@tanstack/react-router";
import { TreesView } from "@/features/setting/trees-view";

const route = getRouteApi("/code-trees");

export function CodeTreesPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  return <TreesView filter={filter} onFilter={(search) => void navigate({ search })} />;
}
