import { getRouteApi } from "@tanstack/react-router";
import { CalendarView } from "@/features/calendar/calendar-view";

const route = getRouteApi("/calendar");

export function CalendarPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  return <CalendarView filter={filter} onFilter={(search) => void navigate({ search })} />;
}
