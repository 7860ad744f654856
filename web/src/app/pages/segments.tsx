import { getRouteApi } from "@tanstack/react-router";
import { SegmentsView } from "@/features/numbering/segments-view";

const route = getRouteApi("/segments");

export function SegmentsPage() {
  const { tab = "versions", open } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <SegmentsView
      tab={tab}
      onTab={(next) => void navigate({ search: { tab: next === "versions" ? undefined : next } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: ({ tab: shown }) => ({ tab: shown, open: id ?? undefined }), replace: true })}
    />
  );
}
