import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { signInOptionsQuery } from "@/features/identity/api/sign-in";
import { SetUpForm } from "@/features/identity/set-up-form";
import { Bare } from "./bare";

/** The first page of an empty installation. */
export function SetupPage() {
  const { t } = useTranslation("identity");
  const navigate = useNavigate();
  const options = useQuery(signInOptionsQuery);
  if (options.data?.setup_needed === false) return <Navigate to="/sign-in" replace />;
  return (
    <Bare title={t("setup.title")} note={t("setup.about")} wide>
      <SetUpForm onDone={() => void navigate({ to: "/sign-in", replace: true })} />
    </Bare>
  );
}
