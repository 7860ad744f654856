import { getRouteApi } from "@tanstack/react-router";
import { NumbersView } from "@/features/voice/numbers-view";

const route = getRouteApi("/voice-numbers");

export function VoiceNumbersPage() {
  const { open, tab = "numbers", ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <NumbersView
      tab={tab}
      onTab={(next) => void navigate({ search: { tab: next === "numbers" ? undefined : next } })}
      filter={filter}
      onFilter={({ q, act }) => void navigate({ search: { q, act } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: (shown) => ({ ...shown, open: id ?? undefined }), replace: true })}
    />
  );
}
