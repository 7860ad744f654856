import { getRouteApi } from "@tanstack/react-router";
import { SkillsView } from "@/features/organization/skills-view";

const route = getRouteApi("/skills");

export function SkillsPage() {
  const { tab = "matrix", ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <SkillsView
      tab={tab}
      onTab={(next) => void navigate({ search: { ...filter, tab: next } })}
      filter={filter}
      onFilter={(next) => void navigate({ search: { ...next, tab } })}
    />
  );
}
