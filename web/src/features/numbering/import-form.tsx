import { UploadOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError } from "@/lib/api/error";
import { downloadFile } from "@/lib/api/request";
import { errorText } from "@/lib/i18n/error-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { useImportSegments } from "./api/segments";
import styles from "./numbering.module.css";

interface Values {
  name: string;
}

interface Props {
  id: string;
  onBusy: (busy: boolean) => void;
  onStarted: (number: number) => void;
}

/** Hands a file of segments in. Nothing comes into use by it. */
export function ImportForm({ id, onBusy, onStarted }: Props) {
  const { t } = useTranslation("numbering");
  const { message } = App.useApp();
  const language = useLanguage();
  const [form] = Form.useForm<Values>();
  const [file, setFile] = useState<File | null>(null);
  const [missing, setMissing] = useState(false);
  const refused = useFormProblem<Values>(form, ["name"]);
  const send = useImportSegments();
  const template = async () => {
    try {
      await downloadFile("/api/number-segments/template", { lang: language }, "segments.xlsx");
    } catch (error) {
      const problem = asApiError(error);
      void message.error(errorText(problem.code, problem.detail));
    }
  };
  const submit = async ({ name }: Values) => {
    setMissing(file === null);
    if (file === null) return;
    onBusy(true);
    refused.clear();
    try {
      onStarted((await send.mutateAsync({ name, file })).number);
    } catch (error) {
      refused.report(error);
    } finally {
      onBusy(false);
    }
  };
  return (
    <Form<Values> id={id} form={form} layout="vertical" requiredMark={false} initialValues={{ name: "" }} onFinish={(values) => void submit(values)}>
      {refused.problem ? (
        <div className={styles["above"]}>
          <ErrorNote what={t("importFailed")} error={refused.problem} />
        </div>
      ) : null}
      <p className={styles["muted"]}>{t("importHint")}</p>
      <Form.Item
        name="name"
        label={t("versionName")}
        extra={refused.hint("name", t("versionNameHint"))}
        rules={[{ required: true, whitespace: true, message: t("versionNameMissing") }]}
        validateTrigger="onSubmit"
      >
        <Input data-first autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item label={t("file")} extra={t("fileHint")} validateStatus={missing ? "error" : undefined} help={missing ? t("fileMissing") : undefined}>
        <Upload
          accept=".xlsx,.csv,.txt,.tsv"
          maxCount={1}
          beforeUpload={(chosen) => {
            setFile(chosen);
            setMissing(false);
            return false;
          }}
          onRemove={() => {
            setFile(null);
          }}
        >
          <Button icon={<UploadOutlined aria-hidden />}>{t("chooseFile")}</Button>
        </Upload>
      </Form.Item>
      <Button type="link" onClick={() => void template()}>
        {t("template")}
      </Button>
    </Form>
  );
}
