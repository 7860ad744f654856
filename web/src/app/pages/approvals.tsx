import { getRouteApi } from "@tanstack/react-router";
import { ApprovalsView } from "@/features/approval/approvals-view";

const route = getRouteApi("/approvals");

export function ApprovalsPage() {
  const { open, box = "to_decide", ...rest } = route.useSearch();
  const filter = { box, ...rest };
  const navigate = route.useNavigate();
  return (
    <ApprovalsView
      filter={filter}
      onFilter={({ box: next, state, kind, q }) => void navigate({ search: { box: next, state, kind, q } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
