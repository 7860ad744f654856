import { Button, Form, Input, QRCode } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { ErrorNote } from "@/components/error-note";
import { useCredentialChanges, type Enrollment } from "./api/credentials";
import styles from "./identity.module.css";
import { RecoveryCodes } from "./recovery-codes";

interface Props {
  /** People without a password here (they come from an identity provider) are not asked for one. */
  hasPassword: boolean;
  onDone: () => void;
}

/** A second factor in three steps: the password, the code to scan (drawn here, no other server sees it), the first code. */
export function TotpEnroll({ hasPassword, onDone }: Props) {
  const { t } = useTranslation("identity");
  const { enroll, confirm } = useCredentialChanges();
  const [enrollment, setEnrollment] = useState<Enrollment | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);

  if (codes !== null) return <RecoveryCodes codes={codes} onDone={onDone} />;
  if (enrollment === null) {
    return (
      <Form<{ password: string }>
        layout="vertical"
        requiredMark={false}
        initialValues={{ password: "" }}
        onFinish={({ password }) => {
          enroll.mutate(password, { onSuccess: setEnrollment });
        }}
      >
        {enroll.error ? (
          <div className={styles["note"]}>
            <ErrorNote what={t("totp.beginFailed")} error={enroll.error} />
          </div>
        ) : null}
        <p className={styles["muted"]}>{t("totp.about")}</p>
        {hasPassword ? (
          <Form.Item name="password" label={t("password.present")} rules={[{ required: true, message: t("password.presentMissing") }]} validateTrigger="onSubmit">
            <Input.Password autoComplete="current-password" data-first />
          </Form.Item>
        ) : null}
        <Button type="primary" htmlType="submit" loading={enroll.isPending}>
          {t("totp.begin")}
        </Button>
      </Form>
    );
  }
  return (
    <Form<{ code: string }>
      layout="vertical"
      requiredMark={false}
      initialValues={{ code: "" }}
      onFinish={({ code }) => {
        confirm.mutate(code.replace(/\s/g, ""), {
          onSuccess: (answer) => {
            setCodes(answer.codes);
          },
        });
      }}
    >
      <div className={styles["scan"]}>
        {/* Dark on light in either theme: that is what cameras read. */}
        <QRCode value={enrollment.url} size={168} color="#000000" bgColor="#ffffff" type="svg" aria-label={t("totp.qr")} />
        <div>
          <p>{t("totp.scan")}</p>
          <p className={styles["muted"]}>{t("totp.type")}</p>
          <CopyCode value={enrollment.secret} wrap />
        </div>
      </div>
      {confirm.error ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("totp.confirmFailed")} error={confirm.error} />
        </div>
      ) : null}
      <Form.Item name="code" label={t("totp.first")} rules={[{ required: true, whitespace: true, message: t("signIn.codeMissing") }]} validateTrigger="onSubmit">
        <Input autoComplete="one-time-code" inputMode="numeric" autoFocus maxLength={12} style={{ maxWidth: 180 }} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={confirm.isPending}>
        {t("totp.confirm")}
      </Button>
    </Form>
  );
}
