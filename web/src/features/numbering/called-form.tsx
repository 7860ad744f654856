import { Form, Input, Radio, Select } from "antd";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { CentrePicker } from "@/components/centre-picker";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { FieldLabel } from "@/components/field-label";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError } from "@/lib/api/error";
import { differences } from "@/lib/differences";
import { randomUUID } from "@/lib/uuid";
import { calledDetailQuery, calledKey, KINDS, STATES, useSaveCalled, type CalledBody, type CalledDetail } from "./api/called";
import { useCodes } from "./api/codes";
import { fromField, toField } from "./moment";
import styles from "./numbering.module.css";

export type CalledValues = Omit<CalledBody, "valid_from" | "valid_until"> & { valid_from: string; valid_until: string };

const FIELDS = [
  "number", "match", "name", "kind", "centre_id", "service", "province", "city", "merge_method", "transfer_to", "trunk_group", "state",
  "valid_from", "valid_until", "note",
] as const satisfies readonly (keyof CalledValues)[];

const EMPTY: CalledValues = {
  number: "", match: "number", name: "", kind: "province_line", centre_id: "", service: "", province: "", city: "", merge_method: "",
  transfer_to: "", trunk_group: "", state: "active", valid_from: "", valid_until: "", note: "",
};

function valuesOf(entry: CalledDetail): CalledValues {
  return {
    number: entry.pattern, match: entry.match, name: entry.name, kind: entry.kind, centre_id: entry.centre_id, service: entry.service,
    province: entry.province, city: entry.city, merge_method: entry.merge_method, transfer_to: entry.transfer_to, trunk_group: entry.trunk_group,
    state: entry.state, valid_from: toField(entry.valid_from), valid_until: toField(entry.valid_until), note: entry.note,
  };
}

interface Props {
  id: string;
  /** The entry as this person saw it; a new one without. */
  entry?: CalledDetail;
  onBusy: (busy: boolean) => void;
  onSaved: (id: string) => void;
}

/** Makes or changes a called number. */
export function CalledForm({ id, entry, onBusy, onSaved }: Props) {
  const { t } = useTranslation("numbering");
  const [form] = Form.useForm<CalledValues>();
  const client = useQueryClient();
  const [idempotencyKey] = useState(randomUUID);
  const [base, setBase] = useState(entry);
  const [theirs, setTheirs] = useState<CalledDetail>();
  const [conflict, setConflict] = useState<unknown>(null);
  const refused = useFormProblem<CalledValues>(form, FIELDS);
  const save = useSaveCalled(idempotencyKey);
  const provinces = useCodes("province");
  const cities = useCodes("city");
  const services = useCodes("service");
  const outside = Form.useWatch("kind", form) === "outside_platform";
  const method = Form.useWatch("merge_method", form);
  const province = (Form.useWatch("province", form) as string | undefined) ?? "";

  const submit = async (on = base) => {
    const { valid_from, valid_until, ...values } = { ...EMPTY, ...form.getFieldsValue() };
    const merged = values.kind === "outside_platform" ? values.merge_method : "";
    const body: CalledBody = {
      ...values,
      merge_method: merged,
      transfer_to: merged === "transfer" ? values.transfer_to : "",
      trunk_group: merged === "trunk" ? values.trunk_group : "",
      // To the minute as the field has it; untouched it stays as exact as it was.
      valid_from: on && valid_from === toField(on.valid_from) ? on.valid_from : fromField(valid_from),
      valid_until: on && valid_until === toField(on.valid_until) ? (on.valid_until ?? undefined) : fromField(valid_until),
    };
    onBusy(true);
    refused.clear();
    setConflict(null);
    try {
      const saved = await save.mutateAsync({ body, on });
      onSaved(saved.id);
    } catch (error) {
      if (on && asApiError(error).code === "numbering.changed_meanwhile") {
        setConflict(error);
        setTheirs(await client.query({ ...calledDetailQuery(on.id), staleTime: 0 }));
      } else refused.report(error);
    } finally {
      onBusy(false);
    }
  };
  const takeTheirs = () => {
    if (!theirs) return;
    setBase(theirs);
    setConflict(null);
    form.setFieldsValue(valuesOf(theirs));
    void client.invalidateQueries({ queryKey: calledKey });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
  };
  const label = (field: (typeof FIELDS)[number]) => <FieldLabel help={`numbering.called.${field}`}>{t(`fields.${field}`)}</FieldLabel>;
  const find = { showSearch: true, filterOption: (input: string, option?: { search?: string }) => option?.search?.includes(input.toLowerCase()) ?? false };

  return (
    <Form<CalledValues>
      id={id}
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={base ? valuesOf(base) : EMPTY}
      onFinish={() => void submit()}
      onKeyDown={onKeyDown}
    >
      {conflict ? (
        <div className={styles["above"]}>
          <ConflictNote
            error={conflict}
            differences={theirs ? differences({ ...EMPTY, ...form.getFieldsValue() }, valuesOf(theirs), FIELDS) : undefined}
            nameOf={(field) => t(`fields.${field as (typeof FIELDS)[number]}`)}
            onTakeTheirs={takeTheirs}
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
      <div className={styles["pair"]}>
        <Form.Item name="number" label={label("number")} extra={refused.hint("number", t("numberHint"))} rules={[{ required: true, whitespace: true, message: t("numberMissing") }]} validateTrigger="onSubmit">
          <Input data-first autoComplete="off" maxLength={64} />
        </Form.Item>
        <Form.Item name="match" label={label("match")}>
          <Radio.Group optionType="button" options={(["number", "prefix"] as const).map((value) => ({ value, label: t(`matches.${value}`) }))} />
        </Form.Item>
      </div>
      <Form.Item name="name" label={label("name")} extra={refused.hint("name", "")} rules={[{ required: true, whitespace: true, message: t("nameMissing") }]} validateTrigger="onSubmit">
        <Input autoComplete="off" maxLength={100} />
      </Form.Item>
      <div className={styles["pair"]}>
        <Form.Item name="kind" label={label("kind")} extra={refused.hint("kind", "")}>
          <Select options={KINDS.map((value) => ({ value, label: t(`kinds.${value}`) }))} />
        </Form.Item>
        <Form.Item name="state" label={label("state")} extra={refused.hint("state", "")}>
          <Select options={STATES.map((value) => ({ value, label: t(`states.${value}`) }))} />
        </Form.Item>
      </div>
      {outside ? (
        <>
          <Form.Item name="merge_method" label={label("merge_method")} extra={refused.hint("merge_method", "")}>
            <Radio.Group optionType="button" options={(["transfer", "trunk"] as const).map((value) => ({ value, label: t(`methods.${value}`) }))} />
          </Form.Item>
          {method === "transfer" ? (
            <Form.Item name="transfer_to" label={label("transfer_to")} extra={refused.hint("transfer_to", "")}>
              <Input autoComplete="off" maxLength={64} />
            </Form.Item>
          ) : null}
          {method === "trunk" ? (
            <Form.Item name="trunk_group" label={label("trunk_group")} extra={refused.hint("trunk_group", "")}>
              <Input autoComplete="off" maxLength={64} />
            </Form.Item>
          ) : null}
        </>
      ) : null}
      <Form.Item name="centre_id" label={label("centre_id")} extra={refused.hint("centre_id", "")} rules={[{ required: true, message: t("centreMissing") }]} validateTrigger="onSubmit">
        <CentrePicker />
      </Form.Item>
      <Form.Item name="service" label={label("service")} extra={refused.hint("service", t("serviceHint"))}>
        <Select {...find} options={[{ value: "", label: t("ownerAnswers"), search: "" }, ...services.options]} />
      </Form.Item>
      <div className={styles["pair"]}>
        <Form.Item name="province" label={label("province")} extra={refused.hint("province", t("placeHint"))}>
          <Select
            {...find}
            options={[{ value: "", label: t("everywhere"), search: "" }, ...provinces.options]}
            onChange={() => {
              form.setFieldValue("city", "");
            }}
          />
        </Form.Item>
        <Form.Item name="city" label={label("city")} extra={refused.hint("city", "")}>
          <Select
            {...find}
            disabled={province === ""}
            options={[{ value: "", label: t("wholeProvince"), search: "" }, ...cities.options.filter(({ parent }) => parent === province)]}
          />
        </Form.Item>
      </div>
      <div className={styles["pair"]}>
        <Form.Item name="valid_from" label={label("valid_from")} extra={refused.hint("valid_from", t("fromHint"))}>
          <Input type="datetime-local" />
        </Form.Item>
        <Form.Item name="valid_until" label={label("valid_until")} extra={refused.hint("valid_until", t("untilHint"))}>
          <Input type="datetime-local" />
        </Form.Item>
      </div>
      <Form.Item name="note" label={label("note")} extra={refused.hint("note", "")}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={1000} />
      </Form.Item>
    </Form>
  );
}
