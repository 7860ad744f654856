import { getRouteApi } from "@tanstack/react-router";
import { AccountsView } from "@/features/identity/accounts-view";

const route = getRouteApi("/accounts");

export function AccountsPage() {
  const { tab = "accounts", open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <AccountsView
      tab={tab}
      onTab={(next) => void navigate({ search: { ...filter, tab: next === "accounts" ? undefined : next } })}
      filter={filter}
      onFilter={({ state, centre_id, role_id, q }) => void navigate({ search: { state, centre_id, role_id, q } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: (shown) => ({ ...shown, open: id ?? undefined }), replace: true })}
      onRequest={(id) => void navigate({ to: "/approvals", search: { box: "mine", open: id } })}
    />
  );
}
