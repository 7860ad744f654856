import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { SignInForm } from "@/features/identity/sign-in-form";
import { Bare } from "./bare";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { t } = useTranslation(["identity", "common"]);
  const { return: back } = route.useSearch();
  const router = useRouter();
  useEffect(() => {
    document.title = t("common:tabTitle", { page: t("identity:signIn.title") });
  }, [t]);
  return (
    <Bare title={t("identity:signIn.title")}>
      <SignInForm
        onSignedIn={() => {
          router.history.push(back ?? "/");
        }}
      />
    </Bare>
  );
}
