import { getRouteApi } from "@tanstack/react-router";
import { HelpView } from "@/features/setting/help-view";

const route = getRouteApi("/help-texts");

export function HelpTextsPage() {
  const { centre } = route.useSearch();
  const navigate = route.useNavigate();
  return <HelpView centre={centre} onCentre={(next) => void navigate({ search: { centre: next } })} />;
}
