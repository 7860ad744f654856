import { Button, Form, Input, InputNumber, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { ErrorNote } from "@/components/error-note";
import { FieldLabel } from "@/components/field-label";
import { useFormProblem } from "@/components/use-form-problem";
import { useSession } from "@/lib/session/use-session";
import { useTokenChanges } from "../api/own";
import styles from "./profile.module.css";

interface Values {
  name: string;
  permissions: string[];
  networks: string;
  expires_at: number;
}

const DAY_MS = 86_400_000;

/** Makes a token that may do a part of what its owner may; the secret is shown once. */
export function TokenDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["identity", "common"]);
  const { permissions } = useSession();
  const [form] = Form.useForm<Values>();
  const refused = useFormProblem<Values>(form, ["name", "permissions", "networks", "expires_at"]);
  const { create } = useTokenChanges();
  const [secret, setSecret] = useState<string | null>(null);

  const submit = async (values: Values) => {
    refused.clear();
    try {
      const made = await create.mutateAsync({
        name: values.name,
        permissions: values.permissions,
        networks: values.networks.split(/[\s,，;；]+/).filter(Boolean),
        expires_at: new Date(Date.now() + values.expires_at * DAY_MS).toISOString(),
      });
      setSecret(made.token);
    } catch (error) {
      refused.report(error);
    }
  };
  if (secret !== null) {
    return (
      <Modal
        open
        width={520}
        title={t("identity:token.made")}
        closable={false}
        footer={
          <Button type="primary" onClick={onClose}>
            {t("identity:token.keptIt")}
          </Button>
        }
      >
        <p>{t("identity:token.once")}</p>
        <CopyCode value={secret} wrap />
        <p className={styles["muted"]}>{t("identity:token.use")}</p>
      </Modal>
    );
  }
  return (
    <Modal
      open
      width={520}
      title={t("identity:token.make")}
      okText={t("identity:token.make")}
      cancelText={t("common:cancel")}
      okButtonProps={{ loading: create.isPending }}
      onOk={() => {
        form.submit();
      }}
      onCancel={onClose}
      afterOpenChange={(open) => {
        if (open) form.focusField("name");
      }}
    >
      {refused.problem ? <ErrorNote what={t("identity:token.failed")} error={refused.problem} /> : null}
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: "", permissions: [], networks: "", expires_at: 90 }}
        onFinish={(values) => void submit(values)}
      >
        <Form.Item name="name" label={t("identity:token.name")} extra={refused.hint("name", t("identity:token.nameHint"))} rules={[{ required: true, whitespace: true, message: t("identity:token.nameMissing") }]} validateTrigger="onSubmit">
          <Input maxLength={100} autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="permissions"
          label={<FieldLabel help="identity.token.permissions">{t("identity:token.permissions")}</FieldLabel>}
          extra={refused.hint("permissions", "")}
          rules={[{ required: true, message: t("identity:token.permissionsMissing") }]}
          validateTrigger="onSubmit"
        >
          <Select mode="multiple" options={permissions.map((value) => ({ value, label: value }))} />
        </Form.Item>
        <Form.Item
          name="networks"
          label={<FieldLabel help="identity.token.networks">{t("identity:token.networks")}</FieldLabel>}
          extra={refused.hint("networks", t("identity:token.networksHint"))}
        >
          <Input autoComplete="off" placeholder="10.1.2.0/24" />
        </Form.Item>
        <Form.Item name="expires_at" label={t("identity:token.days")} extra={refused.hint("expires_at", "")}>
          <InputNumber min={1} max={365} precision={0} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
