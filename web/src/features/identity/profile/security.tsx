import { useQuery } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { StatusWord } from "@/components/status-word";
import { useSession } from "@/lib/session/use-session";
import { ownCredentialsQuery, useCredentialChanges } from "../api/credentials";
import { PasswordForm } from "../password-form";
import { RecoveryCodes } from "../recovery-codes";
import { TotpEnroll } from "../totp-enroll";
import styles from "./profile.module.css";
import { Section } from "./section";

type Doing = "password" | "enroll" | "renew" | "remove" | null;

/** Password and second factor. */
export function Security() {
  const { t } = useTranslation("identity");
  const { message } = App.useApp();
  const { person } = useSession();
  const credentials = useQuery(ownCredentialsQuery);
  const { renewCodes, remove } = useCredentialChanges();
  const [doing, setDoing] = useState<Doing>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const close = () => {
    setDoing(null);
    setCodes(null);
    renewCodes.reset();
    remove.reset();
  };
  if (credentials.error) {
    return <ErrorNote what={t("profile.loadFailed")} error={credentials.error} onRetry={() => void credentials.refetch()} />;
  }
  const own = credentials.data;
  if (own === undefined) return null;
  const open = (next: Doing) => () => {
    setDoing(next);
  };
  return (
    <>
      {own.has_password ? (
        <Section title={t("profile.password")} note={t("profile.passwordNote")} action={<Button size="small" onClick={open("password")}>{t("password.change")}</Button>}>
          {null}
        </Section>
      ) : null}
      <Section
        title={t("profile.totp")}
        note={t("profile.totpNote")}
        action={
          own.totp ? (
            <div className={styles["choices"]}>
              <Button size="small" onClick={open("renew")}>
                {t("profile.renewCodes")}
              </Button>
              {own.totp_needed ? null : (
                <Button size="small" danger onClick={open("remove")}>
                  {t("profile.totpOff")}
                </Button>
              )}
            </div>
          ) : (
            <Button size="small" type="primary" onClick={open("enroll")}>
              {t("profile.totpOn")}
            </Button>
          )
        }
      >
        {own.totp ? (
          <StatusWord tone={own.recovery_codes_left > 0 ? "ok" : "warning"}>{t("profile.totpIsOn", { count: own.recovery_codes_left })}</StatusWord>
        ) : (
          <StatusWord tone="idle">{t("profile.totpIsOff")}</StatusWord>
        )}
      </Section>
      <Modal open={doing === "password"} footer={null} width={440} title={t("password.change")} onCancel={close} destroyOnHidden>
        <PasswordForm
          number={person.number}
          onChanged={() => {
            close();
            void message.success(t("profile.passwordChanged"));
          }}
        />
      </Modal>
      <Modal open={doing === "enroll"} footer={null} width={560} title={t("profile.totpOn")} onCancel={close} destroyOnHidden>
        <TotpEnroll hasPassword={own.has_password} onDone={close} />
      </Modal>
      <Modal
        open={doing === "renew" || doing === "remove"}
        footer={null}
        width={440}
        title={t(doing === "remove" ? "profile.totpOff" : "profile.renewCodes")}
        onCancel={close}
        destroyOnHidden
      >
        {codes ? (
          <RecoveryCodes codes={codes} onDone={close} />
        ) : (
          <Proof
            hint={t(doing === "remove" ? "profile.totpOffHint" : "profile.renewHint")}
            label={t(doing === "remove" ? "profile.totpOff" : "profile.renewCodes")}
            danger={doing === "remove"}
            hasPassword={own.has_password}
            error={doing === "remove" ? remove.error : renewCodes.error}
            busy={remove.isPending || renewCodes.isPending}
            onProof={(password) => {
              if (doing === "remove") remove.mutate(password, { onSuccess: close });
              else {
                renewCodes.mutate(password, {
                  onSuccess: (answer) => {
                    setCodes(answer.codes);
                  },
                });
              }
            }}
          />
        )}
      </Modal>
    </>
  );
}

interface ProofProps {
  hint: string;
  label: string;
  danger: boolean;
  hasPassword: boolean;
  error: Error | null;
  busy: boolean;
  onProof: (password: string) => void;
}

/** Asks for the present password before something that would help a stranger at an unlocked desk. */
function Proof({ hint, label, danger, hasPassword, error, busy, onProof }: ProofProps) {
  const { t } = useTranslation("identity");
  return (
    <Form<{ password: string }>
      layout="vertical"
      requiredMark={false}
      initialValues={{ password: "" }}
      onFinish={({ password }) => {
        onProof(password);
      }}
    >
      <p className={styles["muted"]}>{hint}</p>
      {error ? <ErrorNote what={t("profile.notDone")} error={error} /> : null}
      {hasPassword ? (
        <Form.Item name="password" label={t("password.present")} rules={[{ required: true, message: t("password.presentMissing") }]} validateTrigger="onSubmit">
          <Input.Password autoComplete="current-password" autoFocus />
        </Form.Item>
      ) : null}
      <Button type="primary" danger={danger} htmlType="submit" loading={busy}>
        {label}
      </Button>
    </Form>
  );
}
