import { App, Form, Input, Radio, type InputRef } from "antd";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { asApiError, type ApiError } from "@/lib/api/error";
import { fieldErrorText } from "@/lib/i18n/error-text";
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
  const [problem, setProblem] = useState<ApiError | null>(null);
  const recipient = useRef<InputRef>(null);
  const send = useSendMessage(idempotencyKey);
  const email = Form.useWatch("channel", form) === "email";

  useEffect(() => {
    // The drawer takes the focus while it opens; the field gets it afterwards.
    const timer = window.setTimeout(() => recipient.current?.focus(), 160);
    return () => {
      window.clearTimeout(timer);
    };
  }, []);

  const fail = (error: unknown) => {
    const known = asApiError(error);
    const atFields = FIELDS.map((name) => ({
      name,
      errors: known.fields.filter((field) => field.path === name).map(fieldErrorText),
    })).filter(({ errors }) => errors.length > 0);
    form.setFields(atFields);
    const first = atFields[0];
    if (first) form.focusField(first.name);
    setProblem(atFields.length > 0 ? null : known);
  };

  const submit = async (values: NewMessage) => {
    onBusy(true);
    setProblem(null);
    try {
      const accepted = await send.mutateAsync({ ...values, subject: values.channel === "email" ? values.subject : "" });
      void toast.success(t("accepted"));
      onSent(accepted.id);
    } catch (error) {
      fail(error);
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
      {problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("sendFailed")} error={problem} />
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
        extra={t(email ? "recipientHintEmail" : "recipientHintSms")}
        rules={[{ required: true, whitespace: true, message: t("recipientMissing") }]}
        validateTrigger="onSubmit"
      >
        <Input ref={recipient} autoComplete="off" inputMode={email ? "email" : "tel"} />
      </Form.Item>
      {email ? (
        <Form.Item
          name="subject"
          label={t("subject")}
          rules={[{ required: true, whitespace: true, message: t("subjectMissing") }]}
          validateTrigger="onSubmit"
        >
          <Input autoComplete="off" />
        </Form.Item>
      ) : null}
      <Form.Item
        name="body"
        label={t("body")}
        extra={t("sendKey")}
        rules={[{ required: true, whitespace: true, message: t("bodyMissing") }]}
        validateTrigger="onSubmit"
      >
        <Input.TextArea autoSize={{ minRows: 4, maxRows: 12 }} />
      </Form.Item>
    </Form>
  );
}
