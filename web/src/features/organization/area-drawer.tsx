import { App, Button, Drawer, Form, Input, Select } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { randomUUID } from "@/lib/uuid";
import { createArea, readArea, SELECTORS, updateArea, type Area, type AreaValues, type Selector } from "./api/areas";
import { CodeSelect } from "./code-select";
import styles from "./organization.module.css";
import { dayText, lastDayText } from "./use-area-words";
import { useConflict } from "./use-conflict";

interface Values {
  centre_id: string | null;
  service: string;
  selector: Selector;
  /** undefined while the nation is chosen, which has no value. */
  value?: string;
  /** Days, as 2026-11-20; empty for none. */
  from: string;
  until: string;
  note: string;
}

const FIELDS = ["centre_id", "service", "selector", "value", "note"] as const;
const EDITED = ["centre_id", "service", "selector", "value", "valid_from", "valid_until", "note"] as const;

interface Props {
  open: boolean;
  /** The one to change; null: a new one. */
  area: Area | null;
  /** What the list is narrowed to, as a first guess. */
  centre?: string;
  service?: string;
  onClose: () => void;
  onSaved: (id: string) => void;
}

export function AreaDrawer({ open, area, centre, service, onClose, onSaved }: Props) {
  const { t } = useTranslation(["organization", "common"]);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={t(area ? "organization:areas.editTitle" : "organization:areas.new")}
      size={480}
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
        <AreaForm
          id={formId}
          area={area}
          centre={centre}
          service={service}
          onBusy={setBusy}
          onSaved={(id) => {
            onClose();
            onSaved(id);
          }}
        />
      ) : null}
    </Drawer>
  );
}

/** Days are those of China, which has one time; the last day is meant whole. */
function momentOf(day: string, add: number): string | undefined {
  if (day === "") return undefined;
  const begin = new Date(`${day}T00:00:00+08:00`);
  return new Date(begin.getTime() + add * 86_400_000).toISOString();
}

function valuesOf(area: Area): AreaValues {
  const { centre_id, service, selector, value, note, valid_from, valid_until } = area;
  return { centre_id, service, selector, value, note, valid_from, valid_until: valid_until ?? undefined };
}

function shownOf(values: AreaValues): Values {
  return {
    ...values,
    from: values.valid_from ? dayText(values.valid_from) : "",
    until: values.valid_until ? lastDayText(values.valid_until) : "",
  };
}

/** What the form says; a day that was not touched keeps its exact moment. */
function sentOf(values: Values, before: AreaValues | null): AreaValues {
  const { from, until, centre_id, ...rest } = values;
  const sameFrom = before?.valid_from !== undefined && from === dayText(before.valid_from);
  const sameUntil = before?.valid_until !== undefined && until === lastDayText(before.valid_until);
  return {
    ...rest,
    centre_id: centre_id ?? "",
    value: values.selector === "nation" ? "" : (values.value ?? ""),
    valid_from: sameFrom ? before.valid_from : momentOf(from, 0),
    valid_until: sameUntil ? before.valid_until : momentOf(until, 1),
  };
}

interface FormProps {
  id: string;
  area: Area | null;
  centre?: string;
  service?: string;
  onBusy: (busy: boolean) => void;
  onSaved: (id: string) => void;
}

function AreaForm({ id, area, centre, service, onBusy, onSaved }: FormProps) {
  const { t } = useTranslation("organization");
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [key] = useState(randomUUID);
  const [base, setBase] = useState({ version: area?.version ?? 0, values: area ? valuesOf(area) : null });
  const refused = useFormProblem<Values>(form, FIELDS);
  const conflict = useConflict<AreaValues>(async () => {
    const now = await readArea(area?.id ?? "");
    return { version: now.version, values: valuesOf(now) };
  }, EDITED);
  // undefined until the form has drawn its fields.
  const watched = Form.useWatch<Selector | undefined>("selector", form);
  const selector = watched ?? area?.selector ?? "city";

  const save = async (values: Values, version: number) => {
    onBusy(true);
    refused.clear();
    const sent = sentOf(values, base.values);
    try {
      const saved = area ? await updateArea(area.id, version, sent) : await createArea(sent, key);
      void message.success(t("areas.saved", { name: saved.centre_name }));
      onSaved(saved.id);
    } catch (error) {
      if (!conflict.catches(error, sent)) refused.report(error);
    } finally {
      onBusy(false);
    }
  };

  const initial: Values = area
    ? shownOf(valuesOf(area))
    : { centre_id: centre ?? null, service: service ?? "hotline", selector: "city", value: "", from: "", until: "", note: "" };
  const required = [{ required: true, message: t("required") }];

  return (
    <Form<Values>
      id={id}
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={initial}
      onFinish={(values) => void save({ ...initial, ...values }, base.version)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
      }}
    >
      {conflict.conflict ? (
        <div className={styles["note"]}>
          <ConflictNote
            error={conflict.conflict.error}
            differences={conflict.differing}
            nameOf={(field) => t(`areaColumns.${field}`, { defaultValue: field })}
            onTakeTheirs={() => {
              const { theirs } = conflict.conflict ?? {};
              if (!theirs) return;
              form.setFieldsValue(shownOf(theirs.values));
              setBase(theirs);
              conflict.clear();
            }}
            onKeepMine={() => {
              const { theirs } = conflict.conflict ?? {};
              if (!theirs) return;
              setBase(theirs);
              conflict.clear();
              void save({ ...initial, ...form.getFieldsValue() }, theirs.version);
            }}
          />
        </div>
      ) : null}
      {refused.problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form.Item name="service" label={t("areaColumns.service")} extra={refused.hint("service", "")} rules={required}>
        <CodeSelect table="service" />
      </Form.Item>
      <Form.Item name="selector" label={t("areaColumns.selector")} extra={refused.hint("selector", t("areas.order"))}>
        <Select
          data-first
          options={SELECTORS.map((value) => ({ value, label: t(`selectors.${value}`) }))}
          onChange={() => {
            form.setFieldValue("value", "");
          }}
        />
      </Form.Item>
      {selector === "nation" ? null : (
        <Form.Item name="value" label={t("areaColumns.value")} extra={refused.hint("value", t(`areas.hints.${selector}`))} rules={required}>
          {selector === "city" || selector === "province" ? <CodeSelect table={selector} /> : <Input autoComplete="off" inputMode="numeric" maxLength={40} />}
        </Form.Item>
      )}
      <Form.Item name="centre_id" label={t("areaColumns.centre")} extra={refused.hint("centre_id", "")} rules={required}>
        <CentrePicker />
      </Form.Item>
      <div className={styles["pair"]}>
        <Form.Item name="from" label={t("areaColumns.valid_from")} extra={t("areas.fromHint")}>
          <Input type="date" />
        </Form.Item>
        <Form.Item name="until" label={t("areaColumns.valid_until")} extra={t("areas.untilHint")}>
          <Input type="date" />
        </Form.Item>
      </div>
      <Form.Item name="note" label={t("areaColumns.note")} extra={refused.hint("note", "")}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={500} />
      </Form.Item>
    </Form>
  );
}
