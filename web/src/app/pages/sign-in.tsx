import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Navigate, useRouter } from "@tanstack/react-router";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { ApiError } from "@/lib/api/error";
import { signInOptionsQuery, type SignInOptions } from "@/features/identity/api/sign-in";
import { SignInForm } from "@/features/identity/sign-in-form";
import { useLanguage } from "@/lib/i18n/hooks";
import { returnAddress } from "@/lib/session/return-address";
import { Bare } from "./bare";
import styles from "./bare.module.css";

/** Of every account that `yingda serve --demo` makes. */
const demoPassword = "yingda-demo";

const route = getRouteApi("/sign-in");

/** The door: number and password, other ways in, and for the demonstration the people one can be. */
export function SignInPage() {
  const { t } = useTranslation("identity");
  const { return: back, error } = route.useSearch();
  const router = useRouter();
  const options = useQuery(signInOptionsQuery);
  const [suggestion, setSuggestion] = useState<string>();
  if (options.data?.setup_needed) return <Navigate to="/setup" replace />;
  return (
    <Bare title={t("signIn.title")} aside={options.data ? <DemoAccounts options={options.data} onChoose={setSuggestion} /> : undefined}>
      {error === undefined ? null : (
        <div className={styles["note"]}>
          <ErrorNote what={t("signIn.failed")} error={new ApiError(error, "", 0)} />
        </div>
      )}
      <SignInForm
        suggestion={suggestion}
        suggestedPassword={suggestion === undefined ? undefined : demoPassword}
        onSignedIn={() => {
          router.history.replace(back ?? "/");
        }}
      />
      {options.data ? <Providers options={options.data} back={back} /> : null}
    </Bare>
  );
}

function Providers({ options, back }: { options: SignInOptions; back: string | undefined }) {
  const { t } = useTranslation("identity");
  if (options.providers.length === 0) return null;
  return (
    <section className={styles["others"]} aria-label={t("signIn.others")}>
      <p>{t("signIn.or")}</p>
      {options.providers.map((provider) => (
        <Button
          key={provider.id}
          block
          size="large"
          href={`/api/oidc/${encodeURIComponent(provider.id)}/start`}
          onClick={() => {
            // The provider sends the browser back to the first page; from there it goes on.
            returnAddress.keep(back);
          }}
        >
          {t("signIn.with", { name: provider.name })}
        </Button>
      ))}
    </section>
  );
}

function DemoAccounts({ options, onChoose }: { options: SignInOptions; onChoose: (number: string) => void }) {
  const { t } = useTranslation("identity");
  const chinese = useLanguage() === "zh-CN";
  if (options.demo_accounts.length === 0) return null;
  return (
    <section className={styles["demo"]} aria-label={t("signIn.demo")}>
      <p>{t("signIn.demoHint")}</p>
      <p>
        {t("signIn.demoPassword")} <code>{demoPassword}</code>
      </p>
      <ul>
        {options.demo_accounts.map((account) => (
          <li key={account.number}>
            <button
              type="button"
              onClick={() => {
                onChoose(account.number);
              }}
            >
              <span className="figures">{account.number}</span>
              <span>{account.name}</span>
              <span>{chinese ? account.role_zh : account.role_en}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
