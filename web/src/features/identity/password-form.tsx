import { CheckCircleFilled, MinusCircleOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { ApiError, asApiError } from "@/lib/api/error";
import { useLanguage } from "@/lib/i18n/hooks";
import { passwordPolicyQuery, useCredentialChanges, type PasswordPolicy } from "./api/credentials";
import styles from "./identity.module.css";
import { passwordRules } from "./password-rules";

interface Values {
  password: string;
  new_password: string;
  repeat: string;
}

interface Props {
  /** For the rule about the staff number, and for password managers. */
  number: string;
  onChanged: () => void;
}

/** Puts the reasons of the policy in words: the server names them by code, the policy carries the texts. */
function worded(error: unknown, policy: PasswordPolicy | undefined, chinese: boolean): ApiError {
  const problem = asApiError(error);
  const fields = problem.fields.map((field) => {
    const text = policy?.problems.find(({ code }) => code === field.code);
    return text === undefined ? field : { path: field.path, code: "", message: chinese ? text.zh : text.en };
  });
  return new ApiError(problem.code, problem.detail, problem.status, fields, problem.request);
}

/** A new password, with what it must satisfy checked while it is typed. */
export function PasswordForm({ number, onChanged }: Props) {
  const { t } = useTranslation("identity");
  const chinese = useLanguage() === "zh-CN";
  const [form] = Form.useForm<Values>();
  const refused = useFormProblem<Values>(form, ["password", "new_password"]);
  const { changePassword } = useCredentialChanges();
  const policy = useQuery(passwordPolicyQuery);
  const typed = Form.useWatch("new_password", form);

  const submit = async ({ password, new_password }: Values) => {
    refused.clear();
    try {
      await changePassword.mutateAsync({ password, new_password });
      form.resetFields();
      onChanged();
    } catch (error) {
      refused.report(worded(error, policy.data, chinese));
    }
  };
  const rule = (key: "password" | "new_password") => ({
    rules: [{ required: true, message: t(key === "password" ? "password.presentMissing" : "password.newMissing") }],
    validateTrigger: "onSubmit",
  });

  return (
    <Form<Values>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ password: "", new_password: "", repeat: "" }}
      onFinish={(values) => void submit(values)}
    >
      {refused.problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("password.failed")} error={refused.problem} />
        </div>
      ) : null}
      <input type="text" hidden readOnly autoComplete="username" value={number} />
      <Form.Item name="password" label={t("password.present")} {...rule("password")}>
        <Input.Password autoComplete="current-password" data-first />
      </Form.Item>
      <Form.Item name="new_password" label={t("password.new")} {...rule("new_password")}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      {policy.data ? (
        <ul className={styles["rules"]} aria-label={t("password.rules")}>
          {passwordRules(policy.data, typed, number).map(({ name, kept }) => (
            <li key={name} data-kept={kept || undefined}>
              {kept ? <CheckCircleFilled aria-hidden /> : <MinusCircleOutlined aria-hidden />}
              <span>
                {t(`password.rule.${name}`, { count: policy.data.min_length, classes: policy.data.classes, long: policy.data.long_from })}
              </span>
              <span className="visually-hidden">{t(kept ? "password.kept" : "password.notKept")}</span>
            </li>
          ))}
          <li>
            <MinusCircleOutlined aria-hidden />
            <span>{t("password.rule.others", { history: policy.data.history })}</span>
          </li>
        </ul>
      ) : null}
      <Form.Item
        name="repeat"
        label={t("password.repeat")}
        dependencies={["new_password"]}
        validateTrigger="onSubmit"
        rules={[
          ({ getFieldValue }) => ({
            validator: (_, value) =>
              value === getFieldValue("new_password") ? Promise.resolve() : Promise.reject(new Error(t("password.different"))),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={changePassword.isPending}>
        {t("password.change")}
      </Button>
    </Form>
  );
}
