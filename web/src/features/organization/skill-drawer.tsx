import { App, Button, Drawer, Form, Input, Radio, Select } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { randomUUID } from "@/lib/uuid";
import { createSkill, readSkill, SKILL_KINDS, updateSkill, type Skill } from "./api/skills";
import styles from "./people.module.css";
import { useConflict } from "./use-conflict";

interface Values {
  code: string;
  name: string;
  kind: Skill["kind"];
  description: string;
  state: Skill["state"];
}

const FIELDS = ["code", "name", "kind", "description", "state"] as const;

/** What can be changed of a skill that is there. */
const EDITED = ["name", "kind", "description", "state"] as const;

interface Props {
  open: boolean;
  /** The one to change; null: a new one. */
  skill: Skill | null;
  onClose: () => void;
  onSaved: () => void;
}

export function SkillDrawer({ open, skill, onClose, onSaved }: Props) {
  const { t } = useTranslation(["staff", "common"]);
  const { message } = App.useApp();
  const formId = useId();
  const [form] = Form.useForm<Values>();
  const [key, setKey] = useState(randomUUID);
  const [busy, setBusy] = useState(false);
  /** The version that another editor saved and this form was brought up to; versions only rise. */
  const [seen, setSeen] = useState(0);
  const version = Math.max(skill?.version ?? 0, seen);
  const refused = useFormProblem<Values>(form, FIELDS);

  const conflict = useConflict<Values>(async () => {
    const now = await readSkill(skill?.id ?? "");
    return { version: now.version, values: now };
  }, EDITED);
  const leave = () => {
    conflict.clear();
    setSeen(0);
    onClose();
  };
  const words = (value: string): string => {
    const known = SKILL_KINDS.find((entry) => entry === value);
    if (known) return t(`staff:kinds.${known}`);
    return value === "active" ? t("staff:posts.inUse") : value === "closed" ? t("staff:posts.closed") : value;
  };

  const save = async (values: Values, base: number) => {
    const whole = { ...values, code: skill?.code ?? values.code };
    const { code, state, ...rest } = values;
    setBusy(true);
    refused.clear();
    try {
      if (skill) await updateSkill(skill.id, base, { ...rest, state });
      else await createSkill({ code, ...rest }, key);
      void message.success(t("staff:saved", { name: rest.name }));
      setKey(randomUUID());
      leave();
      onSaved();
    } catch (error) {
      if (!conflict.catches(error, whole)) refused.report(error);
    } finally {
      setBusy(false);
    }
  };
  const required = [{ required: true, whitespace: true, message: t("staff:required") }];

  return (
    <Drawer
      open={open}
      onClose={leave}
      title={skill ? t("staff:editTitle", { name: skill.name }) : t("staff:skillPage.new")}
      size={440}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={leave}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={busy}>
            {t("staff:save")}
          </Button>
        </div>
      }
    >
      <Form<Values>
        key={skill?.id ?? "new"}
        id={formId}
        form={form}
        layout="vertical"
        requiredMark={false}
        preserve={false}
        initialValues={skill ?? { code: "", name: "", kind: "business", description: "", state: "active" }}
        onFinish={(values) => void save(values, version)}
      >
        {conflict.conflict ? (
          <div className={styles["note"]}>
            <ConflictNote
              error={conflict.conflict.error}
              differences={conflict.differing}
              nameOf={(field) => t(`staff:columns.${field}`, { defaultValue: field })}
              show={(_, value) => words(String(value))}
              onTakeTheirs={() => {
                const { theirs } = conflict.conflict ?? {};
                if (!theirs) return;
                form.setFieldsValue(theirs.values);
                setSeen(theirs.version);
                conflict.clear();
              }}
              onKeepMine={() => {
                const { theirs } = conflict.conflict ?? {};
                if (!theirs) return;
                setSeen(theirs.version);
                conflict.clear();
                void save(form.getFieldsValue(), theirs.version);
              }}
            />
          </div>
        ) : null}
        {refused.problem ? (
          <div className={styles["note"]}>
            <ErrorNote what={t("staff:saveFailed")} error={refused.problem} />
          </div>
        ) : null}
        {skill ? null : (
          <Form.Item name="code" label={t("staff:skillPage.code")} extra={refused.hint("code", t("staff:posts.codeHint"))} rules={required} validateTrigger="onSubmit">
            <Input data-first autoComplete="off" maxLength={32} />
          </Form.Item>
        )}
        <Form.Item name="name" label={t("staff:skillPage.name")} extra={refused.hint("name", "")} rules={required} validateTrigger="onSubmit">
          <Input data-first={skill ? true : undefined} autoComplete="off" maxLength={100} />
        </Form.Item>
        <Form.Item name="kind" label={t("staff:skillPage.kind")} extra={refused.hint("kind", "")}>
          <Select options={SKILL_KINDS.map((value) => ({ value, label: t(`staff:kinds.${value}`) }))} />
        </Form.Item>
        <Form.Item name="description" label={t("staff:skillPage.description")} extra={refused.hint("description", "")}>
          <Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} maxLength={2000} />
        </Form.Item>
        {skill ? (
          <Form.Item name="state" label={t("staff:state")} extra={refused.hint("state", t("staff:skillPage.closedHint"))}>
            <Radio.Group
              optionType="button"
              options={[
                { value: "active", label: t("staff:posts.inUse") },
                { value: "closed", label: t("staff:posts.closed") },
              ]}
            />
          </Form.Item>
        ) : null}
      </Form>
    </Drawer>
  );
}
