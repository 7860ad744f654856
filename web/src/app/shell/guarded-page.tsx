import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { useSession } from "@/lib/session/use-session";
import { pageAt } from "../navigation";
import { mayOpen } from "./use-pages";

/** The page at the address, or what it would need. The server refuses by itself; this only says it in words. */
export function GuardedPage() {
  const { t } = useTranslation("shell");
  const { can } = useSession();
  const { pathname } = useLocation();
  const page = pageAt(pathname);
  const below = page?.below !== undefined && pathname !== page.to && can(page.below);
  if (page === undefined || below || mayOpen(page, can)) return <Outlet />;
  return (
    <EmptyState title={t("denied.title")} action={<Link to="/">{t("denied.home")}</Link>}>
      {t("denied.text", { page: t(`pages.${page.name}`), permission: page.permission })}
    </EmptyState>
  );
}
