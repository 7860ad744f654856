import { useQuery } from "@tanstack/react-query";
import { App, Form, Input, InputNumber, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { grantSkill, skillsQuery } from "./api/skills";
import styles from "./people.module.css";

interface Values {
  skill_id: string;
  level: number;
  valid_from: string;
  valid_until: string;
  evidence: string;
}

const FIELDS = ["skill_id", "level", "valid_from", "valid_until", "evidence"] as const;

interface Props {
  open: boolean;
  staff: readonly { id: string }[];
  /** What is held already, when one grant is changed. */
  initial?: Partial<Values>;
  onClose: () => void;
  onGranted: () => void;
}

/** Gives a skill to everybody named, in place of what they held of it. */
export function GrantDialog({ open, staff, initial, onClose, onGranted }: Props) {
  const { t } = useTranslation(["staff", "common"]);
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const refused = useFormProblem<Values>(form, FIELDS);
  const [busy, setBusy] = useState(false);
  const { data: skills, isPending } = useQuery({ ...skillsQuery, enabled: open });

  const submit = async (values: Values) => {
    setBusy(true);
    refused.clear();
    try {
      await grantSkill({ ...values, valid_from: values.valid_from || undefined, valid_until: values.valid_until || undefined, staff_ids: staff.map(({ id }) => id) });
      void message.success(t("staff:granted", { count: staff.length }));
      onGranted();
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
      title={t("staff:grantTitle", { count: staff.length })}
      okText={t("staff:grant")}
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
        initialValues={{ level: 5, valid_from: "", valid_until: "", evidence: "", ...initial }}
        onFinish={(values) => void submit(values)}
      >
        {refused.problem ? (
          <div className={styles["note"]}>
            <ErrorNote what={t("staff:grantFailed")} error={refused.problem} />
          </div>
        ) : null}
        <div className={styles["pair"]}>
          <Form.Item name="skill_id" label={t("staff:skill")} extra={refused.hint("skill_id", "")} rules={[{ required: true, message: t("staff:required") }]}>
            <Select
              loading={isPending}
              showSearch={{ optionFilterProp: "label" }}
              options={(skills ?? []).filter(({ state }) => state === "active").map(({ id, name, code }) => ({ value: id, label: `${name} ${code}` }))}
            />
          </Form.Item>
          <Form.Item name="level" label={t("staff:level")} extra={refused.hint("level", t("staff:levelHint"))} rules={[{ required: true, message: t("staff:required") }]}>
            <InputNumber min={1} max={9} precision={0} style={{ width: "100%" }} />
          </Form.Item>
          <Form.Item name="valid_from" label={t("staff:validFrom")} extra={refused.hint("valid_from", t("staff:validFromHint"))}>
            <Input type="date" />
          </Form.Item>
          <Form.Item name="valid_until" label={t("staff:validUntil")} extra={refused.hint("valid_until", t("staff:validUntilHint"))}>
            <Input type="date" />
          </Form.Item>
        </div>
        <Form.Item name="evidence" label={t("staff:evidence")} extra={refused.hint("evidence", t("staff:evidenceHint"))}>
          <Input maxLength={2000} autoComplete="off" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
