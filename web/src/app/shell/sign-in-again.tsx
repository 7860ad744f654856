import { useRouter } from "@tanstack/react-router";
import { Button, Modal } from "antd";
import { Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/use-now";
import { returnAddress } from "@/lib/session/return-address";
import type { Session } from "@/lib/session/session";
import { warm } from "@/lib/warm";
import styles from "./shell.module.css";

const SignInForm = warm(async () => {
  const [{ SignInForm: Form }] = await Promise.all([import("@/features/identity/sign-in-form"), loadWords()]);
  return Form;
});

async function loadWords(): Promise<void> {
  const { loadTexts } = await import("@/lib/i18n/setup");
  await loadTexts("identity");
}

/** How long before the end of a session the page says so. */
const WARN_SECONDS = 10 * 60;

interface Props {
  session: Session;
  /** The server says that the session has ended: expired, signed out elsewhere, or taken away. */
  signedOut: boolean;
}

/**
 * Signing in again over the open page, so that a half-filled form stays: when the session ends soon it is
 * offered, when it has ended nothing else is possible.
 */
export function SignInAgain({ session, signedOut }: Props) {
  const { t } = useTranslation("shell");
  const router = useRouter();
  const now = useNow(15_000);
  const [renewing, setRenewing] = useState(false);
  useGoOnAfterProvider();
  const left = (new Date(session.expires_at).getTime() - now.getTime()) / 1000;
  const endsSoon = !signedOut && left > 0 && left < WARN_SECONDS;
  const { number, account_id: account } = session.person;

  return (
    <>
      {endsSoon ? (
        <div role="status" className={styles["ending"]}>
          <span className="figures">{t("again.endsIn", { time: duration(left) })}</span>
          <Button
            size="small"
            onClick={() => {
              setRenewing(true);
            }}
          >
            {t("again.renew")}
          </Button>
        </div>
      ) : null}
      <Modal
        open={signedOut || renewing}
        footer={null}
        width={400}
        mask={{ closable: false }}
        closable={!signedOut}
        keyboard={!signedOut}
        title={t(signedOut ? "again.ended" : "again.renew")}
        onCancel={() => {
          setRenewing(false);
        }}
        destroyOnHidden
      >
        <p>{t(signedOut ? "again.endedHint" : "again.renewHint", { name: session.person.name })}</p>
        <Suspense fallback={null}>
          <SignInForm
            number={number}
            onSignedIn={(next) => {
              setRenewing(false);
              // Somebody else at the same desk starts from the first page, with nothing of this person left.
              if (next.person.account_id !== account) window.location.assign("/");
              else void router.invalidate();
            }}
          />
        </Suspense>
        {signedOut ? (
          <Button
            type="link"
            block
            onClick={() => {
              window.location.assign("/sign-in");
            }}
          >
            {t("again.somebodyElse")}
          </Button>
        ) : null}
      </Modal>
    </>
  );
}

/** After a sign-in at an identity provider the browser arrives at the first page; it goes on to where it was wanted. */
function useGoOnAfterProvider(): void {
  const router = useRouter();
  useEffect(() => {
    const address = returnAddress.take();
    if (address !== undefined) router.history.replace(address);
  }, [router]);
}
