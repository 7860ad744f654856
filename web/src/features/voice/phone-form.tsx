import { useQueryClient } from "@tanstack/react-query";
import { Checkbox, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError } from "@/lib/api/error";
import { differences } from "@/lib/differences";
import { phoneQuery, phonesKey, useCreatePhone, useUpdatePhone, type PhoneBody, type PhoneDetail, type PhoneSecret } from "./api/phones";
import styles from "./voice.module.css";

const FIELDS = ["number", "display_name", "centre_id", "staff_number", "disabled", "note"] as const satisfies readonly (keyof PhoneBody)[];

const EMPTY: PhoneBody = { number: "", display_name: "", centre_id: "", staff_number: "", disabled: false, note: "" };

function valuesOf(entry: PhoneDetail): PhoneBody {
  return {
    number: entry.number, display_name: entry.display_name, centre_id: entry.centre_id, staff_number: entry.staff_number, disabled: entry.disabled, note: entry.note,
  };
}

interface Props {
  id: string;
  /** The phone as this person saw it; a new one without. */
  entry?: PhoneDetail;
  onBusy: (busy: boolean) => void;
  /** A new phone comes with its password. */
  onSaved: (id: string, secret?: PhoneSecret) => void;
}

/** Makes or changes a desk phone. */
export function PhoneForm({ id, entry, onBusy, onSaved }: Props) {
  const { t } = useTranslation("voice");
  const [form] = Form.useForm<PhoneBody>();
  const client = useQueryClient();
  const [base, setBase] = useState(entry);
  const [theirs, setTheirs] = useState<PhoneDetail>();
  const [conflict, setConflict] = useState<unknown>(null);
  const refused = useFormProblem<PhoneBody>(form, FIELDS);
  const create = useCreatePhone();
  const update = useUpdatePhone();
  const words: Record<(typeof FIELDS)[number], string> = {
    number: t("phones.number"), display_name: t("phones.displayName"), centre_id: t("centre"), staff_number: t("phones.staff"), disabled: t("disabled"), note: t("note"),
  };
  const submit = async (on = base) => {
    const body = { ...EMPTY, ...form.getFieldsValue() };
    onBusy(true);
    refused.clear();
    setConflict(null);
    try {
      if (on) onSaved((await update.mutateAsync({ body, on })).id);
      else {
        const made = await create.mutateAsync(body);
        onSaved(made.id, made);
      }
    } catch (error) {
      if (on && asApiError(error).code === "voice.changed_meanwhile") {
        setConflict(error);
        setTheirs(await client.query({ ...phoneQuery(on.id), staleTime: 0 }));
      } else refused.report(error);
    } finally {
      onBusy(false);
    }
  };
  return (
    <Form<PhoneBody> id={id} form={form} layout="vertical" requiredMark={false} initialValues={base ? valuesOf(base) : EMPTY} onFinish={() => void submit()}>
      {conflict ? (
        <div className={styles["above"]}>
          <ConflictNote
            error={conflict}
            differences={theirs ? differences({ ...EMPTY, ...form.getFieldsValue() }, valuesOf(theirs), FIELDS) : undefined}
            nameOf={(field) => words[field as (typeof FIELDS)[number]]}
            onTakeTheirs={() => {
              if (!theirs) return;
              setBase(theirs);
              setConflict(null);
              form.setFieldsValue(valuesOf(theirs));
              void client.invalidateQueries({ queryKey: phonesKey });
            }}
            onKeepMine={() => {
              setBase(theirs);
              void submit(theirs);
            }}
          />
        </div>
      ) : null}
      {refused.problem ? (
        <div className={styles["above"]}>
          <ErrorNote what={t("saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form.Item name="number" label={words.number} extra={refused.hint("number", t("phones.numberHint"))} rules={[{ required: true, whitespace: true, message: t("numberMissing") }]} validateTrigger="onSubmit">
        <Input data-first={base ? undefined : true} autoComplete="off" inputMode="numeric" maxLength={12} disabled={base !== undefined} />
      </Form.Item>
      <Form.Item name="display_name" label={words.display_name} extra={refused.hint("display_name", t("phones.displayHint"))} rules={[{ required: true, whitespace: true, message: t("nameMissing") }]} validateTrigger="onSubmit">
        <Input data-first={base ? true : undefined} autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item name="centre_id" label={words.centre_id} extra={refused.hint("centre_id", "")} rules={[{ required: true, message: t("centreMissing") }]} validateTrigger="onSubmit">
        <CentrePicker />
      </Form.Item>
      <Form.Item name="staff_number" label={words.staff_number} extra={refused.hint("staff_number", t("phones.staffHint"))}>
        <Input autoComplete="off" maxLength={64} />
      </Form.Item>
      <Form.Item name="disabled" valuePropName="checked">
        <Checkbox>{words.disabled}</Checkbox>
      </Form.Item>
      <Form.Item name="note" label={words.note} extra={refused.hint("note", "")}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={1000} />
      </Form.Item>
    </Form>
  );
}
