import { Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { randomUUID } from "@/lib/uuid";
import { useSaveDutyRule, type DutyRule, type DutyRuleValues } from "../api/duty-rules";
import { usePermissionWords } from "./permission-words";
import styles from "./roles.module.css";

const FIELDS = ["first", "second", "reason_zh", "reason_en"] as const;

interface Props {
  rule: DutyRule | undefined;
  onClose: () => void;
}

/** A pair of permissions and why one person may not hold both. */
export function DutyRuleDialog({ rule, onClose }: Props) {
  const { t } = useTranslation(["roles", "common"]);
  const { all, nameOf } = usePermissionWords();
  const [form] = Form.useForm<DutyRuleValues>();
  const refused = useFormProblem<DutyRuleValues>(form, FIELDS);
  const [idempotencyKey, setIdempotencyKey] = useState(randomUUID);
  const save = useSaveDutyRule(idempotencyKey);

  const submit = async (values: DutyRuleValues) => {
    refused.clear();
    try {
      await save.mutateAsync({ rule, values });
      onClose();
    } catch (error) {
      setIdempotencyKey(randomUUID());
      refused.report(error);
    }
  };
  const options = all.map(({ permission }) => ({ value: permission, label: `${nameOf(permission)} · ${permission}` }));
  const required = [{ required: true, whitespace: true, message: t("roles:rules.missing") }];

  return (
    <Modal
      open
      title={t(rule === undefined ? "roles:rules.create" : "roles:rules.edit")}
      width={620}
      okText={t("roles:save")}
      cancelText={t("common:cancel")}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => {
        form.submit();
      }}
      onCancel={onClose}
      afterOpenChange={(opened) => {
        if (opened) form.focusField("first");
      }}
    >
      {refused.problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("roles:saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form<DutyRuleValues>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ first: rule?.first, second: rule?.second, reason_zh: rule?.reason_zh ?? "", reason_en: rule?.reason_en ?? "" }}
        onFinish={(values) => void submit(values)}
      >
        <Form.Item name="first" label={t("roles:rules.first")} rules={required} validateTrigger="onSubmit" extra={refused.hint("first", "")}>
          <Select showSearch={{ optionFilterProp: "label" }} options={options} />
        </Form.Item>
        <Form.Item name="second" label={t("roles:rules.second")} rules={required} validateTrigger="onSubmit" extra={refused.hint("second", "")}>
          <Select showSearch={{ optionFilterProp: "label" }} options={options} />
        </Form.Item>
        <Form.Item name="reason_zh" label={t("roles:rules.reasonZh")} rules={required} validateTrigger="onSubmit" extra={refused.hint("reason_zh", "")}>
          <Input maxLength={300} />
        </Form.Item>
        <Form.Item name="reason_en" label={t("roles:rules.reasonEn")} rules={required} validateTrigger="onSubmit" extra={refused.hint("reason_en", "")}>
          <Input maxLength={300} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
