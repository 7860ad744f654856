import { Link, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";

export function NotFound() {
  const { t } = useTranslation("shell");
  const { pathname } = useLocation();
  return (
    <EmptyState title={t("notFound.title")} action={<Link to="/">{t("notFound.home")}</Link>}>
      {t("notFound.text", { path: pathname })}
    </EmptyState>
  );
}
