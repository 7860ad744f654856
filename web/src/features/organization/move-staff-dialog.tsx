import { useQuery } from "@tanstack/react-query";
import { App, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { moveStaff, type Staff } from "./api/staff";
import { teamsQuery } from "./api/teams";
import styles from "./people.module.css";

interface Values {
  centre_id: string;
  team_id: string | null;
  reason: string;
}

const FIELDS = ["centre_id", "team_id", "reason"] as const;

interface Props {
  open: boolean;
  staff: readonly Staff[];
  onClose: () => void;
  onMoved: () => void;
}

/** Puts people into another centre or team, all of them or nobody. */
export function MoveStaffDialog({ open, staff, onClose, onMoved }: Props) {
  const { t } = useTranslation(["staff", "common"]);
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const refused = useFormProblem<Values>(form, FIELDS);
  const [busy, setBusy] = useState(false);
  const centre = Form.useWatch("centre_id", form) as string | undefined;
  const first = staff[0];
  const common = staff.every(({ centre_id }) => centre_id === first?.centre_id) ? first?.centre_id : undefined;
  // Where all stand already, so that nobody falls out of a team by not being looked at.
  const team = staff.every(({ team_id }) => team_id === first?.team_id) ? (first?.team_id ?? null) : null;

  const submit = async ({ centre_id, team_id, reason }: Values) => {
    setBusy(true);
    refused.clear();
    try {
      await moveStaff(staff, centre_id, team_id ?? null, reason);
      void message.success(t("staff:moved", { count: staff.length }));
      onMoved();
      onClose();
    } catch (error) {
      refused.report(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal
      open={open}
      title={t("staff:moveTitle", { count: staff.length })}
      okText={t("staff:move")}
      cancelText={t("common:cancel")}
      confirmLoading={busy}
      onOk={() => {
        form.submit();
      }}
      onCancel={onClose}
      destroyOnHidden
    >
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        preserve={false}
        initialValues={{ centre_id: common, team_id: team, reason: "" }}
        onFinish={(values) => void submit(values)}
      >
        {refused.problem ? (
          <div className={styles["note"]}>
            <ErrorNote what={t("staff:moveFailed")} error={refused.problem} />
          </div>
        ) : null}
        <Form.Item name="centre_id" label={t("staff:centre")} extra={refused.hint("centre_id", "")} rules={[{ required: true, message: t("staff:required") }]}>
          <CentrePicker />
        </Form.Item>
        <Form.Item name="team_id" label={t("staff:team")} extra={refused.hint("team_id", t("staff:teamHint"))}>
          <TeamSelect centre={centre} />
        </Form.Item>
        <Form.Item name="reason" label={t("staff:reason")} extra={refused.hint("reason", "")}>
          <Input maxLength={500} autoComplete="off" />
        </Form.Item>
      </Form>
    </Modal>
  );
}

/** Chooses a team of the centre. */
export function TeamSelect({ id, value, onChange, centre }: { id?: string; value?: string | null; onChange?: (id: string | null) => void; centre: string | undefined }) {
  const { t } = useTranslation("staff");
  const { data, isFetching } = useQuery({ ...teamsQuery(centre ?? ""), enabled: centre !== undefined });
  const options = (data ?? []).filter(({ state, id: team }) => state === "active" || team === value).map((team) => ({ value: team.id, label: team.name }));
  return (
    <Select
      id={id}
      value={options.some((option) => option.value === value) ? value : undefined}
      onChange={(next: string | undefined) => onChange?.(next ?? null)}
      options={options}
      loading={isFetching}
      disabled={centre === undefined}
      allowClear
      placeholder={t("noTeam")}
    />
  );
}
