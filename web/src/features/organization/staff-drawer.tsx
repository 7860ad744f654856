import { useQuery } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, Select } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { FieldLabel } from "@/components/field-label";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { useLanguage } from "@/lib/i18n/hooks";
import { randomUUID } from "@/lib/uuid";
import { postChoiceQuery } from "./api/posts";
import { createStaff, updateStaff, type Staff } from "./api/staff";
import { TeamSelect } from "./move-staff-dialog";
import styles from "./people.module.css";
import { readValues, valuesOf, type StaffValues } from "./staff-values";
import { useConflict } from "./use-conflict";

const FIELDS = ["number", "name", "centre_id", "team_id", "post_id", "mobile", "email", "joined_on"] as const;
const CHANGEABLE = ["name", "post_id", "joined_on"] as const;

interface Props {
  open: boolean;
  /** The one to change; null: a new one. */
  staff: Staff | null;
  /** Where a new one is put unless another centre is chosen. */
  centre?: string;
  onClose: () => void;
  onSaved: (id: string) => void;
}

export function StaffDrawer({ open, staff, centre, onClose, onSaved }: Props) {
  const { t } = useTranslation(["staff", "common"]);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={staff ? t("staff:editTitle", { name: staff.name }) : t("staff:new")}
      size={480}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={busy}>
            {t("staff:save")}
          </Button>
        </div>
      }
    >
      {open ? (
        <StaffForm
          id={formId}
          staff={staff}
          centre={centre}
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

interface FormProps {
  id: string;
  staff: Staff | null;
  centre: string | undefined;
  onBusy: (busy: boolean) => void;
  onSaved: (id: string) => void;
}

function StaffForm({ id, staff, centre, onBusy, onSaved }: FormProps) {
  const { t } = useTranslation("staff");
  const { message } = App.useApp();
  const language = useLanguage();
  const [form] = Form.useForm<StaffValues>();
  const [key] = useState(randomUUID);
  const [version, setVersion] = useState(staff?.version ?? 0);
  const refused = useFormProblem<StaffValues>(form, FIELDS);
  const { data: posts, isPending } = useQuery(postChoiceQuery);
  const conflict = useConflict<StaffValues>(() => readValues(staff?.id ?? ""), CHANGEABLE);
  const chosen = Form.useWatch("centre_id", form) as string | undefined;

  const save = async (values: StaffValues, base: number) => {
    onBusy(true);
    refused.clear();
    try {
      const { mobile, email, team_id, post_id } = values;
      const body = { name: values.name, post_id: post_id ?? undefined, joined_on: values.joined_on };
      const saved = staff
        ? await updateStaff(staff.id, {
            version: base,
            ...body,
            // The masked value as it was shown means: as it is.
            mobile: mobile === staff.mobile ? undefined : mobile,
            email: email === staff.email ? undefined : email,
          })
        : await createStaff({ ...body, number: values.number, centre_id: values.centre_id, team_id: team_id ?? undefined, mobile, email }, key);
      void message.success(t("saved", { name: values.name }));
      onSaved(saved.id);
    } catch (error) {
      if (!conflict.catches(error, values)) refused.report(error);
    } finally {
      onBusy(false);
    }
  };

  const takeTheirs = () => {
    const { theirs } = conflict.conflict ?? {};
    if (!theirs) return;
    form.setFieldsValue(theirs.values);
    setVersion(theirs.version);
    conflict.clear();
  };
  const keepMine = () => {
    const { theirs } = conflict.conflict ?? {};
    if (!theirs) return;
    setVersion(theirs.version);
    conflict.clear();
    void save(form.getFieldsValue(true) as StaffValues, theirs.version);
  };

  return (
    <Form<StaffValues>
      id={id}
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={staff ? valuesOf(staff) : { number: "", name: "", centre_id: centre, team_id: null, post_id: null, mobile: "", email: "", joined_on: "" }}
      onFinish={(values) => void save({ ...(staff ? valuesOf(staff) : values), ...values }, version)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
      }}
    >
      {conflict.conflict ? (
        <div className={styles["note"]}>
          <ConflictNote
            error={conflict.conflict.error}
            differences={conflict.differing}
            nameOf={(field) => t(`fields.${field}`, { defaultValue: field })}
            show={(field, value) => {
              if (field === "post_id") return posts?.find((post) => post.id === value)?.name_zh ?? t("noPost");
              return typeof value === "string" && value !== "" ? value : "—";
            }}
            onTakeTheirs={takeTheirs}
            onKeepMine={keepMine}
          />
        </div>
      ) : null}
      {refused.problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      {staff ? null : (
        <Form.Item
          name="number"
          label={<FieldLabel help="organization.staff.number">{t("number")}</FieldLabel>}
          extra={refused.hint("number", t("numberHint"))}
          rules={[{ required: true, whitespace: true, message: t("required") }]}
          validateTrigger="onSubmit"
        >
          <Input data-first autoComplete="off" maxLength={16} />
        </Form.Item>
      )}
      <Form.Item name="name" label={t("name")} extra={refused.hint("name", "")} rules={[{ required: true, whitespace: true, message: t("required") }]} validateTrigger="onSubmit">
        <Input data-first={staff ? true : undefined} autoComplete="off" maxLength={100} />
      </Form.Item>
      {staff ? null : (
        <div className={styles["pair"]}>
          <Form.Item name="centre_id" label={t("centre")} extra={refused.hint("centre_id", "")} rules={[{ required: true, message: t("required") }]} validateTrigger="onSubmit">
            <CentrePicker />
          </Form.Item>
          <Form.Item name="team_id" label={t("team")} extra={refused.hint("team_id", "")}>
            <TeamSelect centre={chosen} />
          </Form.Item>
        </div>
      )}
      <Form.Item name="post_id" label={t("post")} extra={refused.hint("post_id", "")}>
        <Select
          loading={isPending}
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          placeholder={t("noPost")}
          options={(posts ?? []).map((post) => ({ value: post.id, label: `${language === "en" ? post.name_en : post.name_zh} ${post.code}` }))}
        />
      </Form.Item>
      <div className={styles["pair"]}>
        <Form.Item name="mobile" label={t("mobile")} extra={refused.hint("mobile", staff ? t("maskedHint") : "")}>
          <Input autoComplete="off" inputMode="tel" maxLength={32} />
        </Form.Item>
        <Form.Item name="joined_on" label={t("joinedOn")} extra={refused.hint("joined_on", "")}>
          <Input type="date" />
        </Form.Item>
      </div>
      <Form.Item name="email" label={t("email")} extra={refused.hint("email", staff ? t("maskedHint") : "")}>
        <Input autoComplete="off" inputMode="email" maxLength={254} />
      </Form.Item>
    </Form>
  );
}
