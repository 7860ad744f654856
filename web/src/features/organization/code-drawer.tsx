import { App, Button, Checkbox, Drawer, Form, Input, InputNumber } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError, ApiError } from "@/lib/api/error";
import { randomUUID } from "@/lib/uuid";
import { publishCodes, readCodeSince, type CodeItem, type CodeTable } from "./api/codes";
import styles from "./organization.module.css";
import { useConflict } from "./use-conflict";

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

/** A code as its form has it, the additional fields beside the others. */
type Flat = Record<string, string>;

const EXTRA = "extra ";

function flat(item: Partial<Omit<CodeItem, "sort">> & { sort?: number | null }): Flat {
  const { zh, en, initials, parent, sort, valid_from, valid_until, extra } = item;
  const plain = { zh, en, initials, parent, sort: sort ?? 0, valid_from, valid_until };
  return Object.fromEntries([
    ...Object.entries(plain).map(([name, value]) => [name, String(value ?? "")]),
    ...Object.entries(extra ?? {}).map(([name, value]) => [EXTRA + name, value]),
  ]) as Flat;
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
  const [key, setKey] = useState(randomUUID);
  const refused = useFormProblem<Values>(form, FIELDS);
  const remove = Form.useWatch<boolean | undefined>("remove", form) ?? false;
  /** The version that this form was filled from: the table may go on while somebody types. */
  const [base, setBase] = useState(table.version);
  const [theirs, setTheirs] = useState<CodeItem | null>(null);
  const [compared, setCompared] = useState<string[]>([]);
  const asItem = ({ code, zh, en, initials, parent, valid_from, valid_until, sort, extra }: Values): CodeItem => ({
    code, zh, en, initials, parent, valid_from, valid_until,
    sort: sort ?? 0,
    extra: Object.fromEntries(Object.entries({ ...item?.extra, ...extra }).flatMap(([name, value]) => (value ? [[name, value]] : []))),
  });

  const conflict = useConflict<Flat>(async () => {
    const now = await readCodeSince(table.code, base, asItem(form.getFieldsValue(true) as Values), item);
    setTheirs(now.item);
    const values = now.item === null ? {} : flat(now.item);
    setCompared([...new Set([...Object.keys(flat(asItem(form.getFieldsValue(true) as Values))), ...Object.keys(values)])]);
    return { version: now.version, values };
  }, compared);

  const submit = async (values: Values, from: number) => {
    const { remove: gone, note } = values;
    onBusy(true);
    refused.clear();
    const changed = asItem(values);
    try {
      const edit = { base_version: from, note };
      const version = await publishCodes(table.code, gone && item ? { ...edit, remove: [item.code] } : { ...edit, set: [changed] }, key);
      void message.success(t("codes.published", { version: version.version }));
      onPublished();
      onDone();
    } catch (error) {
      if (conflict.catches(error, flat(changed))) setKey(randomUUID()); // what is sent next is another request
      else refused.report(atTheField(error));
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
      onFinish={(values) => void submit(values, base)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
      }}
    >
      {conflict.conflict ? (
        <div className={styles["note"]}>
          <ConflictNote
            error={conflict.conflict.error}
            differences={conflict.differing}
            nameOf={(field) => (field.startsWith(EXTRA) ? extraName(field.slice(EXTRA.length)) : t(`itemColumns.${field}`, { defaultValue: field }))}
            onTakeTheirs={() => {
              const now = conflict.conflict?.theirs;
              if (!now) return;
              if (theirs === null) {
                onDone(); // there is no such code any more
                return;
              }
              form.setFieldsValue({ ...theirs, remove: false });
              setBase(now.version);
              conflict.clear();
            }}
            onKeepMine={() => {
              const now = conflict.conflict?.theirs;
              if (!now) return;
              setBase(now.version);
              conflict.clear();
              void submit(form.getFieldsValue(true) as Values, now.version);
            }}
          />
        </div>
      ) : null}
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
