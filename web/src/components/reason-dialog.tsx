import { Form, Input, Modal } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "./error-note";
import styles from "./reason-dialog.module.css";
import { useFormProblem } from "./use-form-problem";

interface Props {
  open: boolean;
  /** What will be done, as on the button that opened it. */
  title: string;
  /** What follows from it, in words: who loses what, what cannot be undone. */
  consequence: ReactNode;
  /** The word on the button; the title unless given. */
  confirmLabel?: string;
  danger?: boolean;
  /** A reason is written into the audit; not needed only for what harms nobody. */
  reasonRequired?: boolean;
  /** Rejects with what the server said; the dialog stays open with what was typed. */
  onConfirm: (reason: string) => Promise<unknown>;
  onClose: () => void;
}

const LONGEST = 500;

/** Asks once, in words that name the consequence, and for the reason. */
export function ReasonDialog({ open, title, consequence, confirmLabel, danger = false, reasonRequired = true, onConfirm, onClose }: Props) {
  const { t } = useTranslation(["parts", "common"]);
  const [form] = Form.useForm<{ reason: string }>();
  const refused = useFormProblem(form, ["reason"]);
  const [busy, setBusy] = useState(false);

  const submit = async ({ reason }: { reason: string }) => {
    setBusy(true);
    refused.clear();
    try {
      await onConfirm(reason.trim());
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
      title={title}
      width={480}
      destroyOnHidden
      okText={confirmLabel ?? title}
      cancelText={t("common:cancel")}
      okButtonProps={{ danger, loading: busy }}
      onOk={() => {
        form.submit();
      }}
      onCancel={onClose}
      afterOpenChange={(opened) => {
        if (opened) form.focusField("reason");
        else refused.clear();
      }}
    >
      <div className={styles["consequence"]} data-danger={danger || undefined}>
        {consequence}
      </div>
      {refused.problem ? (
        <div className={styles["problem"]}>
          <ErrorNote what={t("parts:reason.failed", { what: title })} error={refused.problem} />
        </div>
      ) : null}
      <Form<{ reason: string }>
        form={form}
        layout="vertical"
        requiredMark={false}
        preserve={false}
        initialValues={{ reason: "" }}
        onFinish={(values) => void submit(values)}
      >
        <Form.Item
          name="reason"
          label={t(reasonRequired ? "parts:reason.label" : "parts:reason.labelOptional")}
          extra={refused.hint("reason", t("parts:reason.hint"))}
          rules={[{ required: reasonRequired, whitespace: true, message: t("parts:reason.missing") }]}
          validateTrigger="onSubmit"
        >
          <Input.TextArea
            autoSize={{ minRows: 2, maxRows: 6 }}
            maxLength={LONGEST}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
            }}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
