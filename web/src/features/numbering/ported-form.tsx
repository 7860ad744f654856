import { Form, Input, Select } from "antd";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { randomUUID } from "@/lib/uuid";
import { useCodes } from "./api/codes";
import { useSavePorted, type Ported, type PortedBody } from "./api/ported";
import { fromField, toField } from "./moment";
import styles from "./numbering.module.css";

type Values = Required<Omit<PortedBody, "valid_from" | "valid_until">> & { valid_from: string; valid_until: string };

const FIELDS = ["number", "operator", "brand", "product_line", "province", "city", "valid_from", "valid_until"] as const;

interface Props {
  id: string;
  entry?: Ported;
  onBusy: (busy: boolean) => void;
  onSaved: () => void;
}

/** Makes or changes the entry of a ported number; the number of an entry stays. */
export function PortedForm({ id, entry, onBusy, onSaved }: Props) {
  const { t } = useTranslation("numbering");
  const [form] = Form.useForm<Values>();
  const [idempotencyKey] = useState(randomUUID);
  const refused = useFormProblem<Values>(form, FIELDS);
  const save = useSavePorted(idempotencyKey);
  const provinces = useCodes("province");
  const cities = useCodes("city");
  const province = (Form.useWatch("province", form) as string | undefined) ?? "";
  const submit = async ({ valid_from, valid_until, ...values }: Values) => {
    onBusy(true);
    refused.clear();
    try {
      await save.mutateAsync({
        on: entry,
        body: {
          ...values,
          valid_from: entry && valid_from === toField(entry.valid_from) ? entry.valid_from : fromField(valid_from),
          valid_until: entry && valid_until === toField(entry.valid_until) ? (entry.valid_until ?? undefined) : fromField(valid_until),
        },
      });
      onSaved();
    } catch (error) {
      refused.report(error);
    } finally {
      onBusy(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
  };
  const find = { showSearch: true, filterOption: (input: string, option?: { search?: string }) => option?.search?.includes(input.toLowerCase()) ?? false };
  return (
    <Form<Values>
      id={id}
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{
        number: entry?.number ?? "", operator: entry?.operator ?? "", brand: entry?.brand ?? "", product_line: entry?.product_line ?? "",
        province: entry?.province ?? "", city: entry?.city ?? "", valid_from: toField(entry?.valid_from), valid_until: toField(entry?.valid_until),
      }}
      onFinish={(values) => void submit(values)}
      onKeyDown={onKeyDown}
    >
      {refused.problem ? (
        <div className={styles["above"]}>
          <ErrorNote what={t("saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form.Item name="number" label={t("mobileNumber")} extra={refused.hint("number", "")} rules={[{ required: true, whitespace: true, message: t("numberMissing") }]} validateTrigger="onSubmit">
        <Input data-first autoComplete="off" maxLength={64} disabled={entry !== undefined} />
      </Form.Item>
      <Form.Item name="operator" label={t("operator")} extra={refused.hint("operator", "")} rules={[{ required: true, whitespace: true, message: t("operatorMissing") }]} validateTrigger="onSubmit">
        <Input autoComplete="off" maxLength={64} />
      </Form.Item>
      <div className={styles["pair"]}>
        <Form.Item name="brand" label={t("brand")} extra={refused.hint("brand", "")}>
          <Input autoComplete="off" maxLength={64} />
        </Form.Item>
        <Form.Item name="product_line" label={t("productLine")} extra={refused.hint("product_line", "")}>
          <Input autoComplete="off" maxLength={64} />
        </Form.Item>
        <Form.Item name="province" label={t("fields.province")} extra={refused.hint("province", t("asSegment"))}>
          <Select
            {...find}
            options={[{ value: "", label: t("asSegment"), search: "" }, ...provinces.options]}
            onChange={() => {
              form.setFieldValue("city", "");
            }}
          />
        </Form.Item>
        <Form.Item name="city" label={t("fields.city")} extra={refused.hint("city", "")}>
          <Select
            {...find}
            disabled={province === ""}
            options={[{ value: "", label: t("wholeProvince"), search: "" }, ...cities.options.filter(({ parent }) => parent === province)]}
          />
        </Form.Item>
        <Form.Item name="valid_from" label={t("validFrom")} extra={refused.hint("valid_from", t("fromHint"))}>
          <Input type="datetime-local" />
        </Form.Item>
        <Form.Item name="valid_until" label={t("validUntil")} extra={refused.hint("valid_until", t("untilHint"))}>
          <Input type="datetime-local" />
        </Form.Item>
      </div>
    </Form>
  );
}
