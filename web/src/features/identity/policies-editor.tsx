import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, Form, Input, Segmented, Select, Skeleton } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { FieldLabel } from "@/components/field-label";
import { SafeHtml } from "@/components/safe-html";
import { useFormProblem } from "@/components/use-form-problem";
import { useLanguage } from "@/lib/i18n/hooks";
import { rolesToGiveQuery } from "./api/account-choices";
import { previewQuery, useWritePolicy, type FullPolicy, type PolicyText, type PolicyVersion } from "./api/policies";
import styles from "./policies.module.css";

interface Props {
  /** null: a new policy. */
  policy: FullPolicy | null;
  /** What the draft begins with: the draft itself, or the version that holds. */
  from: PolicyVersion | undefined;
  onClose: () => void;
  onSaved: (id: string) => void;
}

type Values = PolicyText & { code: string };

const FIELDS = ["code", "title_zh", "title_en", "body_zh", "body_en", "change_note", "levels", "roles"] as const;
const LEVELS = ["nation", "province", "city", "site"] as const;

/** Writes the draft of a policy in both languages, with a preview as its readers will see it. */
export function PolicyEditor({ policy, from, onClose, onSaved }: Props) {
  const { t } = useTranslation(["policies", "common"]);
  const chinese = useLanguage() === "zh-CN";
  const [form] = Form.useForm<Values>();
  const refused = useFormProblem(form, FIELDS);
  const roles = useQuery(rolesToGiveQuery);
  const writing = useWritePolicy();
  const version = from?.state === "draft" ? from.version : 0;
  const save = ({ code, ...text }: Values) => {
    refused.clear();
    writing.mutate(
      { id: policy?.id ?? null, code, version, text },
      { onSuccess: ({ id }) => { onSaved(id); }, onError: refused.report },
    );
  };
  return (
    <Drawer
      open
      title={policy === null ? t("policies:new") : t("policies:write", { code: policy.code })}
      size={880}
      onClose={onClose}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" loading={writing.isPending} onClick={() => { form.submit(); }}>
            {t("policies:saveDraft")}
          </Button>
        </div>
      }
    >
      {refused.problem ? <ErrorNote what={t("policies:saveFailed")} error={refused.problem} /> : null}
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{
          code: policy?.code ?? "",
          title_zh: from?.title_zh ?? "",
          title_en: from?.title_en ?? "",
          body_zh: from?.body_zh ?? "",
          body_en: from?.body_en ?? "",
          change_note: from?.state === "draft" ? from.change_note : "",
          levels: from?.levels ?? [],
          roles: from?.roles ?? [],
        }}
        onFinish={save}
      >
        {policy === null ? (
          <Form.Item name="code" label={t("policies:code")} rules={[{ required: true, message: t("policies:codeMissing") }]} extra={refused.hint("code", t("policies:codeHint"))}>
            <Input maxLength={32} style={{ width: 240 }} />
          </Form.Item>
        ) : null}
        <div className={styles["pair"]}>
          <Form.Item name="title_zh" label={t("policies:titleZh")} rules={[{ required: true, message: t("policies:titleMissing") }]} extra={refused.hint("title_zh", "")}>
            <Input maxLength={200} />
          </Form.Item>
          <Form.Item name="title_en" label={t("policies:titleEn")} rules={[{ required: true, message: t("policies:titleMissing") }]} extra={refused.hint("title_en", "")}>
            <Input maxLength={200} />
          </Form.Item>
        </div>
        <Form.Item name="body_zh" label={t("policies:bodyZh")} rules={[{ required: true, message: t("policies:bodyMissing") }]} extra={refused.hint("body_zh", t("policies:markdownHint"))}>
          <MarkdownField label={t("policies:bodyZh")} />
        </Form.Item>
        <Form.Item name="body_en" label={t("policies:bodyEn")} rules={[{ required: true, message: t("policies:bodyMissing") }]} extra={refused.hint("body_en", "")}>
          <MarkdownField label={t("policies:bodyEn")} />
        </Form.Item>
        <Form.Item name="change_note" label={t("policies:changeNote")} extra={refused.hint("change_note", t("policies:changeNoteHint"))}>
          <Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={1000} />
        </Form.Item>
        <div className={styles["pair"]}>
          <Form.Item name="levels" label={<FieldLabel help="identity.policy.levels">{t("policies:levels")}</FieldLabel>} extra={refused.hint("levels", t("policies:audienceHint"))}>
            <Select mode="multiple" placeholder={t("policies:allLevels")} options={LEVELS.map((value) => ({ value, label: t(`policies:levelNames.${value}`) }))} />
          </Form.Item>
          <Form.Item name="roles" label={t("policies:roles")} extra={refused.hint("roles", t("policies:audienceHint"))}>
            <Select
              mode="multiple"
              placeholder={t("policies:allRoles")}
              options={(roles.data ?? []).map((role) => ({ value: role.code, label: chinese ? role.name_zh : role.name_en }))}
            />
          </Form.Item>
        </div>
      </Form>
    </Drawer>
  );
}

interface FieldProps {
  id?: string;
  value?: string;
  onChange?: (text: string) => void;
  label: string;
}

/** Text in Markdown beside what becomes of it. */
function MarkdownField({ id, value = "", onChange, label }: FieldProps) {
  const { t } = useTranslation("policies");
  const [view, setView] = useState<"text" | "preview">("text");
  return (
    <>
      <Segmented
        size="small"
        aria-label={label}
        value={view}
        options={[
          { value: "text", label: t("text") },
          { value: "preview", label: t("preview") },
        ]}
        onChange={setView}
        style={{ marginBottom: 6 }}
      />
      {view === "text" ? (
        <Input.TextArea id={id} value={value} maxLength={100_000} autoSize={{ minRows: 6, maxRows: 16 }} onChange={(event) => onChange?.(event.target.value)} />
      ) : (
        <Preview text={value} />
      )}
    </>
  );
}

function Preview({ text }: { text: string }) {
  const { t } = useTranslation("policies");
  const html = useQuery(previewQuery(useDeferredValue(text)));
  if (html.error) return <ErrorNote what={t("previewFailed")} error={html.error} onRetry={() => void html.refetch()} />;
  return <div className={styles["paper"]}>{html.data === undefined ? <Skeleton active title={false} /> : <SafeHtml html={html.data} />}</div>;
}
