import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { useCreateWebhook, type CreatedWebhook } from "./api/create-webhook";
import { TopicsInput } from "./topics-input";
import { splitTopics } from "./topics";
import styles from "./webhook.module.css";

const FIELDS = ["url", "topics"] as const;

interface Values {
  url: string;
  topics: string;
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
  const refused = useFormProblem<Values>(form, FIELDS);
  const create = useCreateWebhook();

  const submit = async ({ url, topics }: Values) => {
    onBusy(true);
    refused.clear();
    try {
      onCreated(await create.mutateAsync({ url: url.trim(), topics: splitTopics(topics) }));
    } catch (error) {
      refused.report(error);
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
      initialValues={{ url: "https://", topics: "" }}
      onFinish={(values) => void submit(values)}
    >
      {refused.problem ? (
        <div className={styles["problem"]}>
          <ErrorNote what={t("createFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form.Item
        name="url"
        label={t("url")}
        extra={refused.hint("url", t("urlHint"))}
        validateTrigger="onSubmit"
        rules={[{ required: true, whitespace: true, message: t("urlMissing") }]}
      >
        <Input data-first autoComplete="off" inputMode="url" />
      </Form.Item>
      <Form.Item
        name="topics"
        label={t("topics")}
        extra={refused.hint("topics", t("topicsHint"))}
        validateTrigger="onSubmit"
        rules={[{ required: true, whitespace: true, message: t("topicsMissing") }]}
      >
        <TopicsInput suggestions={knownTopics} />
      </Form.Item>
    </Form>
  );
}
