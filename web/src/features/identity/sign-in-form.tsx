import { LockOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Form, Input, type InputRef } from "antd";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import type { Session } from "@/lib/session/session";
import { useSignIn, type Credentials } from "./api/sign-in";
import styles from "./identity.module.css";

interface Props {
  /** The number is known and fixed: the same person signs in again. */
  number?: string;
  onSignedIn: (session: Session) => void;
}

/** Staff number and password, as password managers expect them. */
export function SignInForm({ number, onSignedIn }: Props) {
  const { t } = useTranslation("identity");
  const [form] = Form.useForm<Credentials>();
  const password = useRef<InputRef>(null);
  const signIn = useSignIn();
  const [capsLock, setCapsLock] = useState(false);
  const watchCapsLock = (event: KeyboardEvent) => {
    setCapsLock(event.getModifierState("CapsLock"));
  };
  useEffect(() => {
    if (signIn.error) password.current?.focus({ cursor: "all" });
  }, [signIn.error]);

  const submit = async (values: Credentials) => {
    try {
      onSignedIn(await signIn.mutateAsync({ number: number ?? values.number.trim().toUpperCase(), password: values.password }));
    } catch {
      // Shown above the form.
    }
  };

  return (
    <Form<Credentials>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ number: number ?? "", password: "" }}
      onFinish={(values) => void submit(values)}
    >
      {signIn.error ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("signIn.failed")} error={signIn.error} />
        </div>
      ) : null}
      <Form.Item name="number" label={t("signIn.number")} rules={[{ required: true, whitespace: true, message: t("signIn.numberMissing") }]} validateTrigger="onSubmit">
        <Input
          size="large"
          prefix={<UserOutlined aria-hidden />}
          autoComplete="username"
          autoCapitalize="characters"
          spellCheck={false}
          autoFocus={number === undefined}
          disabled={number !== undefined}
          maxLength={16}
        />
      </Form.Item>
      <Form.Item
        name="password"
        label={t("signIn.password")}
        extra={capsLock ? <span role="status">{t("signIn.capsLock")}</span> : undefined}
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
      <Button type="primary" htmlType="submit" size="large" block loading={signIn.isPending}>
        {t("signIn.submit")}
      </Button>
    </Form>
  );
}
