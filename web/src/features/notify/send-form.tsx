import { App, Form, Input, Radio } from "antd";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { randomUUID } from "@/lib/uuid";
import { useSendMessage, type NewMessage } from "./api/send-message";
import styles from "./notify.module.css";

const FIELDS = ["channel", "recipient", "subject", "body"] as const;

interface Props {
  id: string;
  onBusy: (busy: boolean) => void;
  onSent: (id: string) => void;
}

/** One opening of the form is one message: its key is made here and survives every repeated attempt. */
export function SendForm({ id, onBusy, onSent }: Props) {
  const { t } = useTranslation("notify");
  const { message: toast } = App.useApp();
  const [form] = Form.useForm<NewMessage>();
  const [idempotencyKey] = useState(randomUUID);
  const refused = useFormProblem<NewMessage>(form, FIELDS);
  const send = useSendMessage(idempotencyKey);
  const email = Form.useWatch("channel", form) === "email";

  const submit = async (values: NewMessage) => {
    onBusy(true);
    refused.clear();
    try {
      const accepted = await send.mutateAsync({ ...values, subject: values.channel === "email" ? values.subject : "" });
      void toast.success(t("accepted"));
      onSent(accepted.id);
    } catch (error) {
      refused.report(error);
    } finally {
      onBusy(false);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
  };

  return (
    <Form<NewMessage>
      id={id}
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ channel: "sms", recipient: "", subject: "", body: t("sampleBody") }}
      onFinish={(values) => void submit(values)}
      onKeyDown={onKeyDown}
    >
      {refused.problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("sendFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form.Item name="channel" label={t("channel")}>
        <Radio.Group
          optionType="button"
          options={[
            { value: "sms", label: t("channels.sms") },
            { value: "email", label: t("channels.email") },
          ]}
        />
      </Form.Item>
      <Form.Item
        name="recipient"
        label={t("recipient")}
        extra={refused.hint("recipient", t(email ? "recipientHintEmail" : "recipientHintSms"))}
        rules={[{ required: true, whitespace: true, message: t("recipientMissing") }]}
        validateTrigger="onSubmit"
      >
        <Input data-first autoComplete="off" inputMode={email ? "email" : "tel"} />
      </Form.Item>
      {email ? (
        <Form.Item
          name="subject"
          label={t("subject")}
          extra={refused.hint("subject", "")}
          rules={[{ required: true, whitespace: true, message: t("subjectMissing") }]}
          validateTrigger="onSubmit"
        >
          <Input autoComplete="off" />
        </Form.Item>
      ) : null}
      <Form.Item
        name="body"
        label={t("body")}
        extra={refused.hint("body", t("sendKey"))}
        rules={[{ required: true, whitespace: true, message: t("bodyMissing") }]}
        validateTrigger="onSubmit"
      >
        <Input.TextArea autoSize={{ minRows: 4, maxRows: 12 }} />
      </Form.Item>
    </Form>
  );
}
