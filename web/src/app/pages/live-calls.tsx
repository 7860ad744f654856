import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { LiveView } from "@/features/voice/live-view";
import { useSession } from "@/lib/session/use-session";

const route = getRouteApi("/live-calls");

export function LiveCallsPage() {
  const { t } = useTranslation("voice");
  const { can } = useSession();
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <LiveView
      filter={filter}
      onFilter={({ grade }) => void navigate({ search: { grade } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
      ended={can("voice.call.read") ? <Link to="/calls">{t("live.toCalls")}</Link> : null}
    />
  );
}
