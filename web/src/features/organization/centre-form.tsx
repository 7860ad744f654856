import { App, Form, Input, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { FieldLabel } from "@/components/field-label";
import { useFormProblem } from "@/components/use-form-problem";
import { api, unwrap } from "@/lib/api/client";
import { randomUUID } from "@/lib/uuid";
import type { Centre } from "./api/centres";
import { createCentre, updateCentre, type CentreValues, type NewCentre } from "./api/save-centre";
import { CodeSelect } from "./code-select";
import styles from "./organization.module.css";
import { levelsBelow } from "./tree-nodes";
import { useConflict } from "./use-conflict";

const FIELDS = ["level", "code", "name", "province", "city", "time_zone"] as const;
const EDITED = ["code", "name", "province", "city", "time_zone"] as const;
type Values = Omit<NewCentre, "parent_id" | "province" | "city"> & {
  /** undefined where the level has none. */
  province?: string;
  city?: string;
};

interface Props {
  id: string;
  parent: Centre | null;
  centre: Centre | null;
  onBusy: (busy: boolean) => void;
  onSaved: (id: string) => void;
}

function valuesOf({ code, name, province, city, time_zone }: CentreValues): CentreValues {
  return { code, name, province, city, time_zone };
}

/** Makes or changes a centre. One opening is one centre: its key survives every repeated attempt. */
export function CentreForm({ id, parent, centre, onBusy, onSaved }: Props) {
  const { t } = useTranslation("organization");
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [key] = useState(randomUUID);
  const [version, setVersion] = useState(centre?.version ?? 0);
  const refused = useFormProblem<Values>(form, FIELDS);
  const conflict = useConflict<CentreValues>(async () => {
    const now = await unwrap(api.GET("/api/centres/{id}", { params: { path: { id: centre?.id ?? "" } } }));
    return { version: now.version, values: valuesOf(now) };
  }, EDITED);
  const levels: readonly Centre["level"][] = parent === null ? ["nation"] : levelsBelow(parent.level);
  // undefined until the form has drawn its fields.
  const watched = Form.useWatch<Centre["level"] | undefined>("level", form);
  const level = watched ?? centre?.level ?? levels[0];
  const province = Form.useWatch<string | undefined>("province", form);

  const save = async ({ province: wanted = "", city = "", ...rest }: Values, base: number) => {
    const values = { ...rest, province: wanted, city };
    onBusy(true);
    refused.clear();
    try {
      const saved = centre
        ? await updateCentre(centre.id, base, valuesOf(values))
        : await createCentre({ ...values, parent_id: parent?.id ?? null }, key);
      void message.success(t("saved", { name: saved.name }));
      onSaved(saved.id);
    } catch (error) {
      if (!conflict.catches(error, values)) refused.report(error);
    } finally {
      onBusy(false);
    }
  };

  const initial: Values = centre
    ? { level: centre.level, ...valuesOf(centre) }
    : {
        level: levels[0] ?? "site",
        code: "",
        name: "",
        province: parent?.province ?? "",
        city: parent?.city ?? "",
        time_zone: parent?.time_zone ?? "Asia/Shanghai",
      };

  return (
    <Form<Values>
      id={id}
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={initial}
      onFinish={(values) => void save({ ...initial, ...values }, version)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
      }}
    >
      {conflict.conflict ? (
        <div className={styles["note"]}>
          <ConflictNote
            error={conflict.conflict.error}
            differences={conflict.differing}
            nameOf={(field) => t(`centreColumns.${field}`, { defaultValue: field })}
            onTakeTheirs={() => {
              const { theirs } = conflict.conflict ?? {};
              if (!theirs) return;
              form.setFieldsValue(theirs.values);
              setVersion(theirs.version);
              conflict.clear();
            }}
            onKeepMine={() => {
              const { theirs } = conflict.conflict ?? {};
              if (!theirs) return;
              setVersion(theirs.version);
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
      {centre === null ? (
        <Form.Item name="level" label={t("centre.level")} extra={parent ? t("centre.below", { name: parent.name }) : t("centre.firstHint")}>
          <Radio.Group optionType="button" options={levels.map((value) => ({ value, label: t(`levels.${value}`) }))} />
        </Form.Item>
      ) : null}
      <Form.Item
        name="name"
        label={<FieldLabel help="organization.centre.name">{t("centreColumns.name")}</FieldLabel>}
        extra={refused.hint("name", "")}
        rules={[{ required: true, whitespace: true, message: t("required") }]}
        validateTrigger="onSubmit"
      >
        <Input data-first autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item
        name="code"
        label={<FieldLabel help="organization.centre.code">{t("centreColumns.code")}</FieldLabel>}
        extra={refused.hint("code", t("codeHint"))}
        rules={[{ required: true, whitespace: true, message: t("required") }]}
        validateTrigger="onSubmit"
      >
        <Input autoComplete="off" maxLength={32} />
      </Form.Item>
      {level === "nation" ? null : (
        <div className={styles["pair"]}>
          <Form.Item name="province" label={t("centreColumns.province")} extra={refused.hint("province", "")}>
            <CodeSelect table="province" />
          </Form.Item>
          {level === "province" ? null : (
            <Form.Item name="city" label={t("centreColumns.city")} extra={refused.hint("city", "")}>
              <CodeSelect table="city" parent={province} allowClear={level === "site"} />
            </Form.Item>
          )}
        </div>
      )}
      <Form.Item name="time_zone" label={t("centreColumns.time_zone")} extra={refused.hint("time_zone", t("centre.zoneHint"))}>
        <Input autoComplete="off" maxLength={64} />
      </Form.Item>
    </Form>
  );
}
