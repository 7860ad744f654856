import { LockOutlined, SafetyOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Form, Input, type InputRef } from "antd";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { StatusWord } from "@/components/status-word";
import { asApiError } from "@/lib/api/error";
import { duration } from "@/lib/format/duration";
import type { Session } from "@/lib/session/session";
import { useSignIn, type Credentials } from "./api/sign-in";
import styles from "./identity.module.css";
import { useCountdown } from "./use-countdown";
import { secondsToWait } from "./wait";

interface Props {
  /** The number is known and fixed: the same person signs in again. */
  number?: string;
  /** A number to begin with that can be changed. */
  suggestion?: string;
  /** With the suggestion: what opens it, in a demonstration. */
  suggestedPassword?: string;
  onSignedIn: (session: Session) => void;
}

const NEEDS_CODE = "identity.totp_required";

/** Staff number and password, as password managers expect them, and the code of the authenticator when it is asked for. */
export function SignInForm({ number, suggestion, suggestedPassword, onSignedIn }: Props) {
  const { t } = useTranslation("identity");
  const [form] = Form.useForm<Required<Credentials>>();
  const password = useRef<InputRef>(null);
  const code = useRef<InputRef>(null);
  const signIn = useSignIn();
  const [wantsCode, setWantsCode] = useState(false);
  const [waitUntil, setWaitUntil] = useState<number | null>(null);
  const [capsLock, setCapsLock] = useState(false);
  const wait = useCountdown(waitUntil);

  useEffect(() => {
    if (suggestion === undefined) return;
    form.setFieldsValue({ number: suggestion, password: suggestedPassword ?? "" });
    password.current?.focus();
  }, [form, suggestion, suggestedPassword]);
  useEffect(() => {
    if (wantsCode) code.current?.focus();
  }, [wantsCode]);

  const submit = async (values: Required<Credentials>) => {
    const answer = { number: number ?? values.number.trim(), password: values.password };
    try {
      onSignedIn(await signIn.mutateAsync(wantsCode ? { ...answer, code: values.code.replace(/\s/g, "") } : answer));
    } catch (error) {
      if (asApiError(error).code === NEEDS_CODE) {
        setWantsCode(true);
        return;
      }
      const seconds = secondsToWait(error);
      setWaitUntil(seconds > 0 ? Date.now() + seconds * 1000 : null);
      (wantsCode ? code : password).current?.focus({ cursor: "all" });
    }
  };
  const watchCapsLock = (event: KeyboardEvent) => {
    setCapsLock(event.getModifierState("CapsLock"));
  };
  const problem = signIn.error !== null && asApiError(signIn.error).code !== NEEDS_CODE ? signIn.error : null;
  const waited = waitUntil !== null && wait === 0;

  return (
    <Form<Required<Credentials>>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ number: number ?? suggestion ?? "", password: "", code: "" }}
      onFinish={(values) => void submit(values)}
    >
      {wait > 0 ? (
        <div role="alert" className={styles["wait"]}>
          <strong>{t("signIn.locked")}</strong>
          <p className="figures">{t("signIn.wait", { time: duration(wait) })}</p>
          <p>{t("signIn.lockedHint")}</p>
        </div>
      ) : problem !== null && !waited ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("signIn.failed")} error={problem} />
        </div>
      ) : null}
      <div hidden={wantsCode}>
        <Form.Item
          name="number"
          label={t("signIn.number")}
          rules={[{ required: true, whitespace: true, message: t("signIn.numberMissing") }]}
          validateTrigger="onSubmit"
        >
          <Input
            size="large"
            prefix={<UserOutlined aria-hidden />}
            autoComplete="username"
            autoCapitalize="characters"
            spellCheck={false}
            autoFocus={number === undefined}
            readOnly={number !== undefined}
            maxLength={64}
          />
        </Form.Item>
        <Form.Item
          name="password"
          label={t("signIn.password")}
          extra={capsLock ? <StatusWord tone="warning">{t("signIn.capsLock")}</StatusWord> : undefined}
          rules={[{ required: true, message: t("signIn.passwordMissing") }]}
          validateTrigger="onSubmit"
        >
          <Input.Password
            ref={password}
            size="large"
            prefix={<LockOutlined aria-hidden />}
            autoComplete="current-password"
            autoFocus={number !== undefined}
            onKeyDown={watchCapsLock}
            onKeyUp={watchCapsLock}
          />
        </Form.Item>
      </div>
      {wantsCode ? (
        <Form.Item
          name="code"
          label={t("signIn.code")}
          extra={t("signIn.codeHint")}
          rules={[{ required: true, whitespace: true, message: t("signIn.codeMissing") }]}
          validateTrigger="onSubmit"
        >
          <Input ref={code} size="large" prefix={<SafetyOutlined aria-hidden />} autoComplete="one-time-code" spellCheck={false} maxLength={64} />
        </Form.Item>
      ) : null}
      <Button type="primary" htmlType="submit" size="large" block loading={signIn.isPending} disabled={wait > 0}>
        {t(wantsCode ? "signIn.confirm" : "signIn.submit")}
      </Button>
      {wantsCode ? (
        <Button
          type="link"
          block
          onClick={() => {
            setWantsCode(false);
            signIn.reset();
            form.setFieldsValue({ code: "", password: "" });
          }}
        >
          {t("signIn.back")}
        </Button>
      ) : null}
    </Form>
  );
}
