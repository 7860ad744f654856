import { getRouteApi } from "@tanstack/react-router";
import { RecordingsView } from "@/features/recording/recordings-view";

const route = getRouteApi("/recordings");

export function RecordingsPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <RecordingsView
      filter={filter}
      onFilter={(next) => void navigate({ search: next })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
