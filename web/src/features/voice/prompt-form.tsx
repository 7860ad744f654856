import { UploadOutlined } from "@ant-design/icons";
import { Button, Form, Input, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { useCreatePrompt, useReplaceSound, type Prompt } from "./api/prompts";
import styles from "./voice.module.css";

interface Values {
  name: string;
  centre_id: string;
  note: string;
}

const FIELDS = ["name", "centre_id", "note"] as const satisfies readonly (keyof Values)[];

interface Props {
  id: string;
  /** The prompt that gets another sound; a new one without. */
  entry?: Prompt;
  onBusy: (busy: boolean) => void;
  onSaved: (id: string) => void;
}

/** Hands a WAV file in as a prompt, or as the new sound of one. */
export function PromptForm({ id, entry, onBusy, onSaved }: Props) {
  const { t } = useTranslation("voice");
  const [form] = Form.useForm<Values>();
  const [file, setFile] = useState<File | null>(null);
  const [missing, setMissing] = useState(false);
  const refused = useFormProblem<Values>(form, FIELDS);
  const create = useCreatePrompt();
  const replace = useReplaceSound();
  const submit = async (values: Values) => {
    setMissing(file === null);
    if (file === null) return;
    onBusy(true);
    refused.clear();
    try {
      const saved = entry ? await replace.mutateAsync({ id: entry.id, version: entry.version, file }) : await create.mutateAsync({ ...values, file });
      onSaved(saved.id);
    } catch (error) {
      refused.report(error);
    } finally {
      onBusy(false);
    }
  };
  return (
    <Form<Values> id={id} form={form} layout="vertical" requiredMark={false} initialValues={{ name: "", centre_id: "", note: "" }} onFinish={(values) => void submit(values)}>
      {refused.problem ? (
        <div className={styles["above"]}>
          <ErrorNote what={t("prompts.uploadFailed")} error={refused.problem} />
        </div>
      ) : null}
      {entry ? <p className={styles["above"]}>{t("prompts.replaceHint")}</p> : (
        <Form.Item name="name" label={t("name")} extra={refused.hint("name", "")} rules={[{ required: true, whitespace: true, message: t("nameMissing") }]} validateTrigger="onSubmit">
          <Input data-first autoComplete="off" maxLength={100} />
        </Form.Item>
      )}
      <Form.Item label={t("prompts.file")} extra={t("prompts.fileHint")} validateStatus={missing ? "error" : undefined} help={missing ? t("prompts.fileMissing") : undefined}>
        <Upload
          accept=".wav,audio/wav"
          maxCount={1}
          beforeUpload={(chosen) => {
            setFile(chosen);
            setMissing(false);
            if (!entry && !form.getFieldValue("name")) form.setFieldValue("name", chosen.name.replace(/\.wav$/i, ""));
            return false;
          }}
          onRemove={() => {
            setFile(null);
          }}
        >
          <Button data-first={entry ? true : undefined} icon={<UploadOutlined aria-hidden />}>{t("prompts.chooseFile")}</Button>
        </Upload>
      </Form.Item>
      {entry ? null : (
        <>
          <Form.Item name="centre_id" label={t("centre")} extra={refused.hint("centre_id", "")} rules={[{ required: true, message: t("centreMissing") }]} validateTrigger="onSubmit">
            <CentrePicker />
          </Form.Item>
          <Form.Item name="note" label={t("note")} extra={refused.hint("note", "")}>
            <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} />
          </Form.Item>
        </>
      )}
    </Form>
  );
}
