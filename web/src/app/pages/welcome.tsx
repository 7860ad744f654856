import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Navigate, useRouter } from "@tanstack/react-router";
import { Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { ownCredentialsQuery } from "@/features/identity/api/credentials";
import { useSessionAgain } from "@/features/identity/api/sign-in";
import { PasswordForm } from "@/features/identity/password-form";
import { PolicyStep } from "@/features/identity/policy-step";
import { TotpEnroll } from "@/features/identity/totp-enroll";
import { TotpStep } from "@/features/identity/totp-step";
import { ApiError, asApiError } from "@/lib/api/error";
import { sessionQuery, type Session } from "@/lib/session/session";
import { useSignOut } from "@/lib/session/sign-out";
import { Bare } from "./bare";
import styles from "./bare.module.css";

const route = getRouteApi("/welcome");

/** What stands between signing in and working, by the code that the session carries. */
const STEPS = {
  "identity.must_enter_totp": "totp",
  "identity.must_change_password": "password",
  "identity.must_enroll_totp": "enroll",
  "identity.must_acknowledge_policy": "policy",
} as const;

type Step = (typeof STEPS)[keyof typeof STEPS];

function stepOf(pending: string): Step | undefined {
  return Object.entries(STEPS).find(([code]) => code === pending)?.[1];
}

/** What must be done first: one step after the other until the way is free. */
export function WelcomePage() {
  const { t } = useTranslation("identity");
  const { return: back } = route.useSearch();
  const router = useRouter();
  const session = useQuery(sessionQuery);
  const again = useSessionAgain();

  if (session.error && asApiError(session.error).status === 401) return <Navigate to="/sign-in" search={{ return: back }} replace />;
  if (session.data === undefined) {
    return (
      <Bare title={t("welcome.title")}>
        {session.error ? (
          <ErrorNote what={t("welcome.failed")} error={session.error} onRetry={() => void session.refetch()} />
        ) : (
          <Skeleton active title={false} />
        )}
      </Bare>
    );
  }
  const goOn = () => {
    again().then(
      (next) => {
        if (next.state === "signed_in") router.history.replace(back ?? "/");
      },
      () => undefined, // the query keeps the error, which is shown above
    );
  };
  return <Doing session={session.data} onDone={goOn} />;
}

function Doing({ session, onDone }: { session: Session; onDone: () => void }) {
  const { t } = useTranslation(["identity", "shell"]);
  const signOut = useSignOut();
  const credentials = useQuery({ ...ownCredentialsQuery, enabled: session.pending === "identity.must_enroll_totp" });
  const step = stepOf(session.pending);
  const title = step === undefined ? t("identity:welcome.title") : t(`identity:welcome.${step}.title`);
  return (
    <Bare
      title={title}
      wide={step === "policy" || step === "enroll"}
      note={step === undefined ? undefined : t(`identity:welcome.${step}.why`, { name: session.person.name })}
    >
      {step === "totp" ? <TotpStep onDone={onDone} /> : null}
      {step === "password" ? <PasswordForm number={session.person.number} onChanged={onDone} /> : null}
      {step === "enroll" && credentials.data ? <TotpEnroll hasPassword={credentials.data.has_password} onDone={onDone} /> : null}
      {step === "enroll" && credentials.error ? (
        <ErrorNote what={t("identity:welcome.failed")} error={credentials.error} onRetry={() => void credentials.refetch()} />
      ) : null}
      {step === "policy" ? <PolicyStep onDone={onDone} /> : null}
      {step === undefined ? (
        <ErrorNote what={t("identity:welcome.failed")} error={new ApiError(session.pending || "client.defect", "", 0)} onRetry={onDone} />
      ) : null}
      <div className={styles["leave"]}>
        <Button
          type="link"
          size="small"
          loading={signOut.isPending}
          onClick={() => {
            signOut.mutate();
          }}
        >
          {t("shell:me.signOut")}
        </Button>
      </div>
    </Bare>
  );
}
