import { Navigate, Outlet, useLocation, useRouterState } from "@tanstack/react-router";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { onUnauthenticated } from "@/lib/api/client";
import { asApiError } from "@/lib/api/error";
import { preferences } from "@/lib/preferences/preferences";
import { sessionKey, sessionQuery, type Session } from "@/lib/session/session";
import { SignedIn, useMaybeSession } from "@/lib/session/use-session";
import { Shell } from "./shell";
import { SignInAgain } from "./sign-in-again";
import styles from "./shell.module.css";

/** Pages that stand without the frame: nobody is signed in yet, or something must be done first. */
const BARE = new Set(["/sign-in", "/setup", "/welcome"]);

/** The root of every page: the bare ones as they are, all others behind the gate. */
export function Frame() {
  const given = useMaybeSession();
  const { pathname } = useLocation();
  // The page that is drawn; while the next one loads it is not yet that of the address.
  const page = useRouterState({ select: ({ matches }) => matches.at(-1)?.fullPath });
  if (page !== undefined && BARE.has(page)) {
    return (
      <Suspense fallback={null}>
        <Outlet />
      </Suspense>
    );
  }
  if (given) return <Shell />;
  // On the way to a bare page: what stands there now needs a session.
  return BARE.has(pathname) ? null : <Gate />;
}

/**
 * Lets people in who are signed in and have nothing pending; sends the others to where that is mended, with
 * the way back. A session that ends while a page is open does not close the page: what was typed stays.
 */
function Gate() {
  const { t } = useTranslation("shell");
  const { href } = useLocation();
  const session = useQuery(sessionQuery);
  useSessionAgainWhenRefused();
  usePreferencesOf(session.data);
  const signedOut = session.error !== null && asApiError(session.error).status === 401;

  if (session.data === undefined) {
    if (signedOut) return <Navigate to="/sign-in" search={{ return: href }} replace />;
    if (session.error === null) return null;
    return (
      <div className={styles["failed"]}>
        <ErrorNote what={t("starting.failed")} error={session.error} onRetry={() => void session.refetch()} />
      </div>
    );
  }
  if (session.data.state === "pending") return <Navigate to="/welcome" search={{ return: href }} replace />;
  return (
    <SignedIn session={session.data}>
      <Shell />
      <SignInAgain session={session.data} signedOut={signedOut} />
    </SignedIn>
  );
}

/** Takes over what this person has set for themselves, and keeps it. */
function usePreferencesOf(session: Session | undefined): void {
  const account = session?.state === "signed_in" ? session.person.account_id : null;
  useEffect(() => {
    if (account === null) return undefined;
    // Without an answer the values of this browser go on; the next start asks again.
    preferences.connect(account).catch(() => undefined);
    return () => {
      preferences.disconnect();
    };
  }, [account]);
}

/** Any answer that says 401 makes the session be asked for again, once. */
function useSessionAgainWhenRefused(): void {
  const client = useQueryClient();
  useEffect(
    () =>
      onUnauthenticated(() => {
        const state = client.getQueryState(sessionKey);
        if (state?.fetchStatus === "idle" && state.status === "success") void client.invalidateQueries({ queryKey: sessionKey });
      }),
    [client],
  );
}
