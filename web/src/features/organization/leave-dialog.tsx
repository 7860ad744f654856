import { App, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { leaveStaff, type Staff } from "./api/staff";
import styles from "./people.module.css";

interface Values {
  left_on: string;
  reason: string;
}

const FIELDS = ["left_on", "reason"] as const;

interface Props {
  open: boolean;
  staff: Staff;
  onClose: () => void;
  onSaved: () => void;
}

/** Notes the first day without somebody. A day to come is a plan, which an empty day takes back. */
export function LeaveDialog({ open, staff, onClose, onSaved }: Props) {
  const { t } = useTranslation(["staff", "common"]);
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const refused = useFormProblem<Values>(form, FIELDS);
  const [busy, setBusy] = useState(false);
  const planned = staff.left_on !== "";

  const submit = async ({ left_on, reason }: Values) => {
    setBusy(true);
    refused.clear();
    try {
      await leaveStaff(staff, left_on, reason);
      void message.success(t("staff:saved", { name: staff.name }));
      onSaved();
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
      title={t("staff:leaveTitle", { name: staff.name })}
      okText={t("staff:save")}
      okButtonProps={{ danger: true }}
      cancelText={t("common:cancel")}
      confirmLoading={busy}
      onOk={() => {
        form.submit();
      }}
      onCancel={onClose}
      destroyOnHidden
    >
      <Form<Values> form={form} layout="vertical" requiredMark={false} preserve={false} initialValues={{ left_on: staff.left_on, reason: "" }} onFinish={(values) => void submit(values)}>
        <p>{t("staff:leaveConsequence")}</p>
        {refused.problem ? (
          <div className={styles["note"]}>
            <ErrorNote what={t("staff:saveFailed")} error={refused.problem} />
          </div>
        ) : null}
        <Form.Item
          name="left_on"
          label={t("staff:leftOn")}
          extra={refused.hint("left_on", t(planned ? "staff:leftOnPlanned" : "staff:leftOnHint"))}
          rules={planned ? [] : [{ required: true, message: t("staff:required") }]}
        >
          <Input type="date" />
        </Form.Item>
        <Form.Item name="reason" label={t("staff:reason")} extra={refused.hint("reason", "")} rules={[{ required: true, whitespace: true, message: t("staff:required") }]}>
          <Input maxLength={500} autoComplete="off" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
