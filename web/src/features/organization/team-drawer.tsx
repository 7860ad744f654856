import { App, Button, Drawer, Form, Input } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { randomUUID } from "@/lib/uuid";
import type { Centre } from "./api/centres";
import { createTeam, readTeam, updateTeam, type Team, type TeamValues } from "./api/teams";
import { LeaderSelect } from "./leader-select";
import styles from "./organization.module.css";
import { useConflict } from "./use-conflict";

const FIELDS = ["code", "name", "shift", "leader_id"] as const;

interface Props {
  open: boolean;
  centre: Centre;
  /** The one to change; null: a new one. */
  team: Team | null;
  onClose: () => void;
  onSaved: () => void;
}

export function TeamDrawer({ open, centre, team, onClose, onSaved }: Props) {
  const { t } = useTranslation(["organization", "common"]);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={team ? t("organization:team.editTitle", { name: team.name }) : t("organization:team.newTitle", { name: centre.name })}
      size={440}
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
        <TeamForm
          id={formId}
          centre={centre}
          team={team}
          onBusy={setBusy}
          onSaved={() => {
            onClose();
            onSaved();
          }}
        />
      ) : null}
    </Drawer>
  );
}

function valuesOf({ code, name, shift, leader_id }: Team): TeamValues {
  return { code, name, shift, leader_id };
}

interface FormProps {
  id: string;
  centre: Centre;
  team: Team | null;
  onBusy: (busy: boolean) => void;
  onSaved: () => void;
}

function TeamForm({ id, centre, team, onBusy, onSaved }: FormProps) {
  const { t } = useTranslation("organization");
  const { message } = App.useApp();
  const [form] = Form.useForm<TeamValues>();
  const [key] = useState(randomUUID);
  const [version, setVersion] = useState(team?.version ?? 0);
  const refused = useFormProblem<TeamValues>(form, FIELDS);
  const conflict = useConflict<TeamValues>(async () => {
    const now = await readTeam(team?.id ?? "");
    return { version: now.version, values: valuesOf(now) };
  }, FIELDS);

  const save = async (values: TeamValues, base: number) => {
    onBusy(true);
    refused.clear();
    try {
      const saved = team ? await updateTeam(team.id, base, values) : await createTeam(centre.id, values, key);
      void message.success(t("saved", { name: saved.name }));
      onSaved();
    } catch (error) {
      if (!conflict.catches(error, values)) refused.report(error);
    } finally {
      onBusy(false);
    }
  };

  return (
    <Form<TeamValues>
      id={id}
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={team ? valuesOf(team) : { code: "", name: "", shift: "", leader_id: null }}
      onFinish={(values) => void save(values, version)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
      }}
    >
      {conflict.conflict ? (
        <div className={styles["note"]}>
          <ConflictNote
            error={conflict.conflict.error}
            differences={conflict.differing}
            nameOf={(field) => t(`teamColumns.${field}`, { defaultValue: field })}
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
              void save(form.getFieldsValue(), theirs.version);
            }}
          />
        </div>
      ) : null}
      {refused.problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form.Item
        name="name"
        label={t("teamColumns.name")}
        extra={refused.hint("name", "")}
        rules={[{ required: true, whitespace: true, message: t("required") }]}
        validateTrigger="onSubmit"
      >
        <Input data-first autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item
        name="code"
        label={t("teamColumns.code")}
        extra={refused.hint("code", t("codeHint"))}
        rules={[{ required: true, whitespace: true, message: t("required") }]}
        validateTrigger="onSubmit"
      >
        <Input autoComplete="off" maxLength={32} />
      </Form.Item>
      <Form.Item name="shift" label={t("teamColumns.shift")} extra={refused.hint("shift", t("team.shiftHint"))}>
        <Input autoComplete="off" maxLength={32} />
      </Form.Item>
      <Form.Item name="leader_id" label={t("teamColumns.leader")} extra={refused.hint("leader_id", t("team.leaderHint"))}>
        <LeaderSelect
          centre={centre.id}
          current={team?.leader_id ? { id: team.leader_id, label: `${team.leader_number} ${team.leader_name}` } : undefined}
        />
      </Form.Item>
    </Form>
  );
}
