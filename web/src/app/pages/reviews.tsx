import { getRouteApi } from "@tanstack/react-router";
import { ReviewsView } from "@/features/identity/reviews-view";

const route = getRouteApi("/reviews");

export function ReviewsPage() {
  const { view = "mine", open, sheet } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <ReviewsView
      view={view}
      onView={(next) => void navigate({ search: { view: next } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { view: id === null ? view : "all", open: id ?? undefined }, replace: true })}
      sheetId={sheet ?? null}
      onSheet={(id) => void navigate({ search: { view, open, sheet: id ?? undefined } })}
    />
  );
}
