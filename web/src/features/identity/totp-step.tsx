import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useCredentialChanges } from "./api/credentials";
import styles from "./identity.module.css";

/** The second step of a sign-in that has only done the first (through an identity provider). */
export function TotpStep({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("identity");
  const { enterCode } = useCredentialChanges();
  return (
    <Form<{ code: string }>
      layout="vertical"
      requiredMark={false}
      initialValues={{ code: "" }}
      onFinish={({ code }) => {
        enterCode.mutate(code.replace(/\s/g, ""), { onSuccess: onDone });
      }}
    >
      {enterCode.error ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("signIn.failed")} error={enterCode.error} />
        </div>
      ) : null}
      <Form.Item
        name="code"
        label={t("signIn.code")}
        extra={t("signIn.codeHint")}
        rules={[{ required: true, whitespace: true, message: t("signIn.codeMissing") }]}
        validateTrigger="onSubmit"
      >
        <Input size="large" autoFocus autoComplete="one-time-code" spellCheck={false} maxLength={64} />
      </Form.Item>
      <Button type="primary" htmlType="submit" size="large" block loading={enterCode.isPending}>
        {t("signIn.confirm")}
      </Button>
    </Form>
  );
}
