import { App, Button, Drawer, Form, Input } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { randomUUID } from "@/lib/uuid";
import { createTable, readTable, updateTable, type CodeTable } from "./api/codes";
import styles from "./organization.module.css";
import { useConflict } from "./use-conflict";

interface Values {
  name_zh: string;
  name_en: string;
  owner: string;
  owner_centre_id: string | null;
}

const FIELDS = ["name_zh", "name_en", "owner", "owner_centre_id"] as const;

interface Props {
  open: boolean;
  /** The one to change; null: a new one. */
  table: CodeTable | null;
  onClose: () => void;
  onSaved: (code: string) => void;
}

/** Names and owner of a code table. */
export function TableDrawer({ open, table, onClose, onSaved }: Props) {
  const { t } = useTranslation(["organization", "common"]);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={t(table ? "organization:codes.editTable" : "organization:codes.new")}
      size={440}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={busy}>
            {t("organization:save")}
          </Button>
        </div>
      }
    >
      {open ? (
        <TableForm
          id={formId}
          table={table}
          onBusy={setBusy}
          onSaved={(code) => {
            onClose();
            onSaved(code);
          }}
        />
      ) : null}
    </Drawer>
  );
}

function valuesOf({ name_zh, name_en, owner, owner_centre_id }: CodeTable): Values {
  return { name_zh, name_en, owner, owner_centre_id };
}

interface FormProps {
  id: string;
  table: CodeTable | null;
  onBusy: (busy: boolean) => void;
  onSaved: (code: string) => void;
}

function TableForm({ id, table, onBusy, onSaved }: FormProps) {
  const { t } = useTranslation("organization");
  const { message } = App.useApp();
  const [form] = Form.useForm<Values & { code: string }>();
  const [key] = useState(randomUUID);
  const [edition, setEdition] = useState(table?.edition ?? 0);
  const refused = useFormProblem<Values & { code: string }>(form, [...FIELDS, "code"]);
  const conflict = useConflict<Values>(async () => {
    const now = await readTable(table?.code ?? "");
    return { version: now.edition, values: valuesOf(now) };
  }, FIELDS);

  const save = async ({ code, ...values }: Values & { code: string }, base: number) => {
    onBusy(true);
    refused.clear();
    const body = { ...values, owner_centre_id: values.owner_centre_id ?? undefined };
    try {
      const saved = table ? await updateTable(table.code, base, body) : await createTable(code, body, key);
      void message.success(t("saved", { name: saved.code }));
      onSaved(saved.code);
    } catch (error) {
      if (!conflict.catches(error, values)) refused.report(error);
    } finally {
      onBusy(false);
    }
  };
  const required = [{ required: true, whitespace: true, message: t("required") }];

  return (
    <Form<Values & { code: string }>
      id={id}
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ code: table?.code ?? "", ...(table ? valuesOf(table) : { name_zh: "", name_en: "", owner: "", owner_centre_id: null }) }}
      onFinish={(values) => void save(values, edition)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
      }}
    >
      {conflict.conflict ? (
        <div className={styles["note"]}>
          <ConflictNote
            error={conflict.conflict.error}
            differences={conflict.differing}
            nameOf={(field) => t(`codes.fields.${field}`, { defaultValue: field })}
            onTakeTheirs={() => {
              const { theirs } = conflict.conflict ?? {};
              if (!theirs) return;
              form.setFieldsValue(theirs.values);
              setEdition(theirs.version);
              conflict.clear();
            }}
            onKeepMine={() => {
              const { theirs } = conflict.conflict ?? {};
              if (!theirs) return;
              setEdition(theirs.version);
              conflict.clear();
              void save(form.getFieldsValue(), theirs.version);
            }}
          />
        </div>
      ) : null}
      {refused.problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form.Item name="code" label={t("codes.fields.code")} extra={refused.hint("code", t("codes.codeHint"))} rules={required} validateTrigger="onSubmit">
        <Input data-first={table === null || undefined} disabled={table !== null} autoComplete="off" maxLength={32} />
      </Form.Item>
      <Form.Item name="name_zh" label={t("codes.fields.name_zh")} extra={refused.hint("name_zh", "")} rules={required} validateTrigger="onSubmit">
        <Input data-first={table !== null || undefined} autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item name="name_en" label={t("codes.fields.name_en")} extra={refused.hint("name_en", "")} rules={required} validateTrigger="onSubmit">
        <Input autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item name="owner" label={t("codes.fields.owner")} extra={refused.hint("owner", t("codes.ownerHint"))} rules={required} validateTrigger="onSubmit">
        <Input autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item name="owner_centre_id" label={t("codes.fields.owner_centre_id")} extra={refused.hint("owner_centre_id", t("codes.ownerCentreHint"))}>
        <CentrePicker allowClear />
      </Form.Item>
    </Form>
  );
}
