import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { DeskView } from "@/features/desk/desk-view";
import { useSession } from "@/lib/session/use-session";

/** The agent's page; from it each contact leads to its timeline. */
export function DeskPage() {
  const { t } = useTranslation("desk");
  const { person } = useSession();
  return (
    <DeskView
      account={person.account_id}
      timeline={(id) => (
        <Link to="/contacts/$id" params={{ id }}>
          {t("day.timeline")}
        </Link>
      )}
    />
  );
}
