import { Form, Input, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { useSignSheet, type FullSheet } from "./api/review-sheet";

interface Values {
  proof: string;
  remark: string;
}

/** Six digits are a code of the authenticator; everything else is a password. */
function proofOf(text: string): { password: string; code: string } {
  const digits = text.replaceAll(" ", "");
  return /^\d{6}$/.test(digits) ? { password: "", code: digits } : { password: text, code: "" };
}

/** The signature: who signs proves again who they are. */
export function SignDialog({ sheet, onClose }: { sheet: FullSheet["sheet"]; onClose: () => void }) {
  const { t } = useTranslation(["reviews", "common"]);
  const [form] = Form.useForm<Values>();
  const refused = useFormProblem(form, ["proof", "remark"]);
  const signing = useSignSheet(sheet.id);
  return (
    <Modal
      open
      title={t("reviews:sign")}
      okText={t("reviews:sign")}
      cancelText={t("common:cancel")}
      okButtonProps={{ loading: signing.isPending }}
      onOk={() => { form.submit(); }}
      onCancel={onClose}
      afterOpenChange={(open) => {
        if (open) form.focusField("proof");
      }}
    >
      <p>{t("reviews:signHint", { count: sheet.revoked })}</p>
      {refused.problem ? <ErrorNote what={t("reviews:signFailed")} error={refused.problem} /> : null}
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ proof: "", remark: "" }}
        onFinish={({ proof, remark }) => {
          refused.clear();
          signing.mutate({ version: sheet.version, remark, ...proofOf(proof) }, { onSuccess: onClose, onError: refused.report });
        }}
      >
        <Form.Item
          name="proof"
          label={t("reviews:proof")}
          rules={[{ required: true, message: t("reviews:proofMissing") }]}
          extra={refused.hint("proof", t("reviews:proofHint"))}
        >
          <Input.Password autoComplete="current-password" maxLength={1024} />
        </Form.Item>
        <Form.Item name="remark" label={t("reviews:remark")}>
          <Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={1000} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
