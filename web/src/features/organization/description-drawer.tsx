import { useQuery } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, Select } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { api, unwrap } from "@/lib/api/client";
import { useLanguage } from "@/lib/i18n/hooks";
import { postChoiceQuery, writeDraft, type Description } from "./api/posts";
import { DESCRIPTION_PARTS } from "./description-view";
import { MarkdownText } from "./markdown-text";
import styles from "./people.module.css";
import { useConflict } from "./use-conflict";

interface Values {
  duties: string;
  authority: string;
  subordinates: string;
  qualifications: string;
  reports_to: string | null;
}

const FIELDS = ["duties", "authority", "subordinates", "qualifications", "reports_to"] as const;

function valuesOf(base: Description | undefined): Values {
  return {
    duties: base?.duties ?? "",
    authority: base?.authority ?? "",
    subordinates: base?.subordinates ?? "",
    qualifications: base?.qualifications ?? "",
    reports_to: base?.reports_to ?? null,
  };
}

interface Props {
  open: boolean;
  post: string;
  /** The draft to go on with, or the issued edition that a new one begins from. */
  base: Description | undefined;
  onClose: () => void;
  onSaved: () => void;
}

/** Writes a job description, with what it will look like beside it. */
export function DescriptionDrawer({ open, post, base, onClose, onSaved }: Props) {
  const { t } = useTranslation(["staff", "common"]);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={t(base?.state === "draft" ? "staff:posts.write" : "staff:posts.begin")}
      size="min(1100px, 92vw)"
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={busy}>
            {t("staff:posts.saveDraft")}
          </Button>
        </div>
      }
    >
      {open ? (
        <DescriptionForm
          id={formId}
          post={post}
          base={base}
          onBusy={setBusy}
          onSaved={() => {
            onClose();
            onSaved();
          }}
        />
      ) : null}
    </Drawer>
  );
}

interface FormProps {
  id: string;
  post: string;
  base: Description | undefined;
  onBusy: (busy: boolean) => void;
  onSaved: () => void;
}

function DescriptionForm({ id, post, base, onBusy, onSaved }: FormProps) {
  const { t } = useTranslation("staff");
  const { message } = App.useApp();
  const language = useLanguage();
  const [form] = Form.useForm<Values>();
  const [version, setVersion] = useState(base?.state === "draft" ? base.version : 0);
  const refused = useFormProblem<Values>(form, FIELDS);
  const { data: posts } = useQuery(postChoiceQuery);
  const now = { ...valuesOf(base), ...(Form.useWatch([], form) as Partial<Values> | undefined) };
  const conflict = useConflict<Values>(async () => {
    const { items } = await unwrap(api.GET("/api/posts/{id}/descriptions", { params: { path: { id: post } } }));
    const draft = items.find(({ state }) => state === "draft");
    return { version: draft?.version ?? 0, values: valuesOf(draft ?? items[0]) };
  }, FIELDS);

  const save = async (values: Values, on: number) => {
    onBusy(true);
    refused.clear();
    try {
      await writeDraft(post, on, { ...values, reports_to: values.reports_to ?? undefined });
      void message.success(t("posts.draftSaved"));
      onSaved();
    } catch (error) {
      if (!conflict.catches(error, values)) refused.report(error);
    } finally {
      onBusy(false);
    }
  };
  const settle = (keep: boolean) => {
    const { theirs } = conflict.conflict ?? {};
    if (!theirs) return;
    setVersion(theirs.version);
    conflict.clear();
    if (keep) void save(form.getFieldsValue(), theirs.version);
    else form.setFieldsValue(theirs.values);
  };

  return (
    <div className={styles["editor"]}>
      <Form<Values>
        id={id}
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={valuesOf(base)}
        onFinish={(values) => void save(values, version)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
        }}
      >
        {conflict.conflict ? (
          <div className={styles["note"]}>
            <ConflictNote
              error={conflict.conflict.error}
              differences={conflict.differing}
              nameOf={(field) => t(`posts.parts.${field}`, { defaultValue: field })}
              onTakeTheirs={() => {
                settle(false);
              }}
              onKeepMine={() => {
                settle(true);
              }}
            />
          </div>
        ) : null}
        {refused.problem ? (
          <div className={styles["note"]}>
            <ErrorNote what={t("saveFailed")} error={refused.problem} />
          </div>
        ) : null}
        {DESCRIPTION_PARTS.map((part, index) => (
          <Form.Item key={part} name={part} label={t(`posts.parts.${part}`)} extra={refused.hint(part, index === 0 ? t("posts.markdownHint") : "")}>
            <Input.TextArea data-first={index === 0 ? true : undefined} autoSize={{ minRows: index === 0 ? 8 : 3, maxRows: 24 }} maxLength={20_000} />
          </Form.Item>
        ))}
        <Form.Item name="reports_to" label={t("posts.parts.reports_to")} extra={refused.hint("reports_to", "")}>
          <Select
            allowClear
            showSearch={{ optionFilterProp: "label" }}
            placeholder={t("posts.nobodyAbove")}
            options={(posts ?? []).filter((other) => other.id !== post).map((other) => ({ value: other.id, label: `${language === "en" ? other.name_en : other.name_zh} ${other.code}` }))}
          />
        </Form.Item>
      </Form>
      <section className={styles["preview"]} aria-label={t("posts.preview")}>
        {DESCRIPTION_PARTS.map((part) => (
          <div key={part}>
            <h3>{t(`posts.parts.${part}`)}</h3>
            <MarkdownText text={now[part]} />
          </div>
        ))}
      </section>
    </div>
  );
}
