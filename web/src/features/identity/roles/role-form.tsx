import { App, Checkbox, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { FieldLabel } from "@/components/field-label";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError } from "@/lib/api/error";
import { differences } from "@/lib/differences";
import { randomUUID } from "@/lib/uuid";
import { readRole, type Role } from "../api/list-roles";
import { useSaveRole, type RoleTarget, type RoleValues } from "../api/save-role";
import { LEVELS, useLevelName } from "./levels";
import { PermissionPicker } from "./permission-picker";
import { usePermissionWords } from "./permission-words";
import styles from "./roles.module.css";

const FIELDS = ["code", "name_zh", "name_en", "levels", "note", "permissions"] as const;
const COMPARED = ["name_zh", "name_en", "levels", "note", "permissions"] as const;
const CHANGED = "identity.changed_meanwhile";

interface Props {
  id: string;
  /** The role that is edited; none makes a new one. */
  role: Role | undefined;
  /** What a new role begins with. */
  from: Role | undefined;
  onBusy: (busy: boolean) => void;
  onSaved: (id: string) => void;
}

function valuesOf(role: Role | undefined, copy: boolean): RoleValues {
  return {
    code: copy ? "" : (role?.code ?? ""),
    name_zh: role?.name_zh ?? "",
    name_en: role?.name_en ?? "",
    note: role?.note ?? "",
    levels: role?.levels ?? [],
    permissions: role?.permissions ?? [],
  };
}

interface Conflict {
  error: unknown;
  theirs: Role | undefined;
}

/** A role's names, levels and permissions. Whoever was slower than another editor sees what differs. */
export function RoleForm({ id, role, from, onBusy, onSaved }: Props) {
  const { t } = useTranslation("roles");
  const { message: toast } = App.useApp();
  const { nameOf } = usePermissionWords();
  const levelName = useLevelName();
  const [form] = Form.useForm<RoleValues>();
  const refused = useFormProblem<RoleValues>(form, FIELDS);
  const [target, setTarget] = useState<RoleTarget>(() =>
    role === undefined ? { idempotencyKey: randomUUID() } : { id: role.id, version: role.version },
  );
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const save = useSaveRole();

  const send = async (values: RoleValues, to: RoleTarget) => {
    onBusy(true);
    refused.clear();
    try {
      const saved = await save.mutateAsync({ target: to, values });
      setConflict(null);
      void toast.success(t("saved"));
      onSaved(saved);
    } catch (error) {
      if ("id" in to && asApiError(error).code === CHANGED) {
        setConflict({ error, theirs: undefined });
        setConflict({ error, theirs: await readRole(to.id) });
      } else {
        // A refusal is an answer: what is sent next is another request.
        if ("idempotencyKey" in to) setTarget({ idempotencyKey: randomUUID() });
        refused.report(error);
      }
    } finally {
      onBusy(false);
    }
  };

  const show = (field: string, value: unknown): string => {
    if (!Array.isArray(value)) return typeof value === "string" && value !== "" ? value : t("none");
    const words = value.filter((entry): entry is string => typeof entry === "string");
    if (words.length === 0) return t("none");
    return words.map((word) => (field === "permissions" ? nameOf(word) : levelName(word))).join(t("comma"));
  };
  const labels = { code: t("code"), name_zh: t("nameZh"), name_en: t("nameEn"), levels: t("levelsTitle"), note: t("note"), permissions: t("permissions") };
  const theirs = conflict?.theirs;

  return (
    <Form<RoleValues>
      id={id}
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={valuesOf(role ?? from, role === undefined)}
      onFinish={(values) => void send({ ...values, code: role?.code ?? values.code.trim() }, target)}
    >
      {conflict ? (
        <div className={styles["note"]}>
          <ConflictNote
            error={conflict.error}
            differences={theirs === undefined ? undefined : differences(form.getFieldsValue(true) as RoleValues, valuesOf(theirs, false), COMPARED)}
            nameOf={(field) => labels[field as keyof typeof labels]}
            show={show}
            onTakeTheirs={() => {
              if (theirs === undefined) return;
              form.setFieldsValue(valuesOf(theirs, false));
              setTarget({ id: theirs.id, version: theirs.version });
              setConflict(null);
            }}
            onKeepMine={() => {
              if (theirs === undefined) return;
              const next = { id: theirs.id, version: theirs.version };
              setTarget(next);
              void send({ ...(form.getFieldsValue(true) as RoleValues), code: theirs.code }, next);
            }}
          />
        </div>
      ) : null}
      {refused.problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      {role === undefined ? (
        <Form.Item
          name="code"
          label={<FieldLabel help="identity.role.code">{labels.code}</FieldLabel>}
          extra={refused.hint("code", t("codeHint"))}
          rules={[{ required: true, whitespace: true, message: t("codeMissing") }]}
          validateTrigger="onSubmit"
        >
          <Input data-first autoComplete="off" maxLength={48} />
        </Form.Item>
      ) : null}
      <Form.Item name="name_zh" label={labels.name_zh} extra={refused.hint("name_zh", "")} rules={[{ required: true, whitespace: true, message: t("nameMissing") }]} validateTrigger="onSubmit">
        <Input data-first={role === undefined ? undefined : true} autoComplete="off" maxLength={60} />
      </Form.Item>
      <Form.Item name="name_en" label={labels.name_en} extra={refused.hint("name_en", "")} rules={[{ required: true, whitespace: true, message: t("nameMissing") }]} validateTrigger="onSubmit">
        <Input autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item
        name="levels"
        label={<FieldLabel help="identity.role.levels">{labels.levels}</FieldLabel>}
        extra={refused.hint("levels", t("levelsHint"))}
        rules={[{ required: true, type: "array", min: 1, message: t("levelsMissing") }]}
        validateTrigger="onSubmit"
      >
        <Checkbox.Group options={LEVELS.map((value) => ({ value, label: levelName(value) }))} />
      </Form.Item>
      <Form.Item name="note" label={labels.note} extra={refused.hint("note", "")}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} />
      </Form.Item>
      <Form.Item name="permissions" label={<FieldLabel help="identity.role.permissions">{labels.permissions}</FieldLabel>} extra={refused.hint("permissions", "")}>
        <PermissionPicker />
      </Form.Item>
    </Form>
  );
}
