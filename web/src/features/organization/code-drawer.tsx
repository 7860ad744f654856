import { App, Button, Checkbox, Drawer, Form, Input, InputNumber } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError, ApiError } from "@/lib/api/error";
import { randomUUID } from "@/lib/uuid";
import { publishCodes, type CodeItem, type CodeTable } from "./api/codes";
import styles from "./organization.module.css";

interface Values {
  code: string;
  zh: string;
  en: string;
  initials: string;
  parent: string;
  sort: number | null;
  valid_from: string;
  valid_until: string;
  extra: Record<string, string | undefined>;
  remove: boolean;
  note: string;
}

const FIELDS = ["code", "zh", "en", "initials", "parent", "note"] as const;

interface Props {
  open: boolean;
  table: CodeTable;
  /** The one to change; null: a new one. */
  item: CodeItem | null;
  extras: readonly string[];
  extraName: (name: string) => string;
  onClose: () => void;
  onPublished: () => void;
}

/** Changes one code, which publishes a new version of its table with the reason. */
export function CodeDrawer({ open, onClose, ...rest }: Props) {
  const { t } = useTranslation(["organization", "common"]);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={rest.item ? t("organization:codes.editItem", { code: rest.item.code }) : t("organization:codes.add")}
      size={460}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={busy}>
            {t("organization:codes.publish", { version: rest.table.version + 1 })}
          </Button>
        </div>
      }
    >
      {open ? <CodeForm id={formId} onBusy={setBusy} onDone={onClose} {...rest} /> : null}
    </Drawer>
  );
}

/** "body.set[0].zh" is the field zh of this form. */
function atTheField(error: unknown): ApiError {
  const known = asApiError(error);
  const fields = known.fields.map((field) => ({ ...field, path: field.path.replace(/^set\[\d+\]\./, "") }));
  return new ApiError(known.code, known.detail, known.status, fields, known.request);
}

interface FormProps extends Omit<Props, "open" | "onClose"> {
  id: string;
  onBusy: (busy: boolean) => void;
  onDone: () => void;
}

function CodeForm({ id, table, item, extras, extraName, onBusy, onDone, onPublished }: FormProps) {
  const { t } = useTranslation("organization");
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [key] = useState(randomUUID);
  const refused = useFormProblem<Values>(form, FIELDS);
  const remove = Form.useWatch<boolean | undefined>("remove", form) ?? false;

  const submit = async ({ extra, remove: gone, note, sort, ...words }: Values) => {
    onBusy(true);
    refused.clear();
    const changed: CodeItem = {
      ...words,
      sort: sort ?? 0,
      extra: Object.fromEntries(Object.entries({ ...item?.extra, ...extra }).flatMap(([name, value]) => (value ? [[name, value]] : []))),
    };
    try {
      const edit = { base_version: table.version, note };
      const version = await publishCodes(table.code, gone && item ? { ...edit, remove: [item.code] } : { ...edit, set: [changed] }, key);
      void message.success(t("codes.published", { version: version.version }));
      onPublished();
      onDone();
    } catch (error) {
      refused.report(atTheField(error));
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
      initialValues={{
        code: item?.code ?? "",
        zh: item?.zh ?? "",
        en: item?.en ?? "",
        initials: item?.initials ?? "",
        parent: item?.parent ?? "",
        sort: item?.sort ?? 0,
        valid_from: item?.valid_from ?? "",
        valid_until: item?.valid_until ?? "",
        extra: { ...item?.extra },
        remove: false,
        note: "",
      }}
      onFinish={(values) => void submit(values)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
      }}
    >
      {refused.problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("codes.publishFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form.Item name="code" label={t("itemColumns.code")} extra={refused.hint("code", "")} rules={[{ required: true, whitespace: true, message: t("required") }]}>
        <Input data-first={item === null || undefined} disabled={item !== null} autoComplete="off" maxLength={64} />
      </Form.Item>
      <Form.Item name="zh" label={t("itemColumns.zh")} extra={refused.hint("zh", "")} rules={[{ required: true, whitespace: true, message: t("required") }]}>
        <Input data-first={item !== null || undefined} autoComplete="off" maxLength={100} disabled={remove} />
      </Form.Item>
      <Form.Item name="en" label={t("itemColumns.en")} extra={refused.hint("en", "")}>
        <Input autoComplete="off" maxLength={100} disabled={remove} />
      </Form.Item>
      <div className={styles["pair"]}>
        <Form.Item name="parent" label={t("itemColumns.parent")} extra={refused.hint("parent", "")}>
          <Input autoComplete="off" maxLength={64} disabled={remove} />
        </Form.Item>
        <Form.Item name="initials" label={t("itemColumns.initials")} extra={refused.hint("initials", "")}>
          <Input autoComplete="off" maxLength={32} disabled={remove} />
        </Form.Item>
        {extras.map((name) => (
          <Form.Item key={name} name={["extra", name]} label={extraName(name)}>
            <Input autoComplete="off" maxLength={200} disabled={remove} />
          </Form.Item>
        ))}
        <Form.Item name="sort" label={t("itemColumns.sort")}>
          <InputNumber precision={0} disabled={remove} />
        </Form.Item>
        <Form.Item name="valid_from" label={t("itemColumns.valid_from")}>
          <Input type="date" disabled={remove} />
        </Form.Item>
        <Form.Item name="valid_until" label={t("itemColumns.valid_until")}>
          <Input type="date" disabled={remove} />
        </Form.Item>
      </div>
      {item ? (
        <Form.Item name="remove" valuePropName="checked" extra={t("codes.removeHint")}>
          <Checkbox>{t("codes.remove")}</Checkbox>
        </Form.Item>
      ) : null}
      <Form.Item
        name="note"
        label={t("codes.why")}
        extra={refused.hint("note", t("codes.whyHint"))}
        rules={[{ required: true, whitespace: true, message: t("required") }]}
      >
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={500} />
      </Form.Item>
    </Form>
  );
}
