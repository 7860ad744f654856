import { getRouteApi } from "@tanstack/react-router";
import { SettingsView } from "@/features/setting/settings-view";

const route = getRouteApi("/settings");

export function SettingsPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <SettingsView
      filter={filter}
      onFilter={(next) => void navigate({ search: { ...next, open } })}
      openKey={open ?? null}
      onOpen={(key) => void navigate({ search: { ...filter, open: key ?? undefined }, replace: true })}
    />
  );
}
