import { Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import type { Centre } from "./api/centres";
import { moveCentre } from "./api/place-centre";
import styles from "./organization.module.css";
import { levelsAbove } from "./tree-nodes";

interface Values {
  parent_id: string | null;
  reason: string;
}

interface Props {
  centre: Centre;
  open: boolean;
  onClose: () => void;
  onMoved: () => void;
}

/** Puts a centre under another one; everything below it goes along. */
export function MoveDialog({ centre, open, onClose, onMoved }: Props) {
  const { t } = useTranslation(["organization", "common"]);
  const [form] = Form.useForm<Values>();
  const refused = useFormProblem<Values>(form, ["reason"]);
  const [busy, setBusy] = useState(false);
  const submit = async ({ parent_id, reason }: Values) => {
    if (parent_id === null) return;
    setBusy(true);
    refused.clear();
    try {
      await moveCentre(centre, parent_id, reason.trim());
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
      title={t("organization:centre.moveTitle", { name: centre.name })}
      destroyOnHidden
      okText={t("organization:centre.move")}
      cancelText={t("common:cancel")}
      okButtonProps={{ loading: busy }}
      onOk={() => {
        form.submit();
      }}
      onCancel={onClose}
      afterOpenChange={(opened) => {
        if (!opened) refused.clear();
      }}
    >
      <p className={styles["muted"]}>{t("organization:centre.moveConsequence")}</p>
      {refused.problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("organization:saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        preserve={false}
        initialValues={{ parent_id: centre.parent_id, reason: "" }}
        onFinish={(values) => void submit(values)}
      >
        <Form.Item name="parent_id" label={t("organization:centre.newParent")} rules={[{ required: true, message: t("organization:required") }]}>
          <CentrePicker levels={levelsAbove(centre.level)} />
        </Form.Item>
        <Form.Item name="reason" label={t("organization:reason")} extra={refused.hint("reason", "")}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={500} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
