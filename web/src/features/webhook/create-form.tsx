import { Form, Input, Select, type InputRef } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { asApiError, type ApiError } from "@/lib/api/error";
import { fieldErrorText } from "@/lib/i18n/error-text";
import { useCreateWebhook, type CreatedWebhook, type NewWebhook } from "./api/create-webhook";
import styles from "./webhook.module.css";

const FIELDS = ["url", "topics"] as const;

interface Values {
  url: string;
  topics: string[];
}

interface Props {
  id: string;
  knownTopics: readonly string[];
  onBusy: (busy: boolean) => void;
  onCreated: (created: CreatedWebhook) => void;
}

export function CreateForm({ id, knownTopics, onBusy, onCreated }: Props) {
  const { t } = useTranslation("webhook");
  const [form] = Form.useForm<Values>();
  const [problem, setProblem] = useState<ApiError | null>(null);
  const url = useRef<InputRef>(null);
  const create = useCreateWebhook();

  useEffect(() => {
    // The drawer takes the focus while it opens; the field gets it afterwards.
    const timer = window.setTimeout(() => url.current?.focus(), 160);
    return () => {
      window.clearTimeout(timer);
    };
  }, []);

  const submit = async (values: NewWebhook) => {
    onBusy(true);
    setProblem(null);
    try {
      onCreated(await create.mutateAsync(values));
    } catch (error) {
      const known = asApiError(error);
      const atFields = FIELDS.map((name) => ({
        name,
        // "topics[0]" belongs to the field "topics".
        errors: known.fields.filter((field) => field.path.split(/[.[]/)[0] === name).map(fieldErrorText),
      })).filter(({ errors }) => errors.length > 0);
      form.setFields(atFields);
      const first = atFields[0];
      if (first) form.focusField(first.name);
      setProblem(atFields.length > 0 ? null : known);
    } finally {
      onBusy(false);
    }
  };

  return (
    <Form<Values>
      id={id}
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ url: "https://", topics: [] }}
      onFinish={(values) => void submit(values)}
    >
      {problem ? (
        <div className={styles["problem"]}>
          <ErrorNote what={t("createFailed")} error={problem} />
        </div>
      ) : null}
      <Form.Item
        name="url"
        label={t("url")}
        extra={t("urlHint")}
        validateTrigger="onSubmit"
        rules={[{ required: true, whitespace: true, message: t("urlMissing") }]}
      >
        <Input ref={url} autoComplete="off" inputMode="url" />
      </Form.Item>
      <Form.Item
        name="topics"
        label={t("topics")}
        extra={t("topicsHint")}
        validateTrigger="onSubmit"
        rules={[{ required: true, type: "array", min: 1, message: t("topicsMissing") }]}
      >
        <Select
          mode="tags"
          tokenSeparators={[",", " ", "，", "、"]}
          options={[...new Set(["health.changed", ...knownTopics])].map((value) => ({ value, label: value }))}
        />
      </Form.Item>
    </Form>
  );
}
