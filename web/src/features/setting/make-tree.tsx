import { Button, Drawer, Form, Input, InputNumber } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { randomUUID } from "@/lib/uuid";
import { useMakeTree, type TreeName } from "./api/trees";
import styles from "./setting.module.css";

/** Makes a code tree without nodes. */
export function MakeTree({ onClose, onMade }: { onClose: () => void; onMade: (key: string) => void }) {
  const { t } = useTranslation(["setting", "common"]);
  const [form] = Form.useForm<TreeName>();
  const formId = useId();
  const [idempotencyKey, setIdempotencyKey] = useState(randomUUID);
  const refused = useFormProblem<TreeName>(form, ["key", "zh", "en", "levels"]);
  const make = useMakeTree(idempotencyKey);
  const submit = async (values: TreeName) => {
    refused.clear();
    try {
      onMade((await make.mutateAsync({ ...values, en: values.en })).key);
    } catch (error) {
      setIdempotencyKey(randomUUID());
      refused.report(error);
    }
  };
  return (
    <Drawer
      open
      size={460}
      title={t("setting:makeTree")}
      onClose={onClose}
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={make.isPending}>
            {t("setting:make")}
          </Button>
        </div>
      }
    >
      {refused.problem ? (
        <div className={styles["above"]}>
          <ErrorNote what={t("setting:saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form<TreeName> id={formId} form={form} layout="vertical" requiredMark={false} initialValues={{ key: "", zh: "", en: "", levels: 3 }} onFinish={(values) => void submit(values)}>
        <Form.Item name="key" label={t("setting:treeKey")} extra={refused.hint("key", t("setting:treeKeyHint"))} rules={[{ required: true, message: t("setting:treeKeyHint") }]}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="zh" label={t("setting:zh")} extra={refused.hint("zh", "")} rules={[{ required: true, whitespace: true, message: t("setting:zhMissing") }]}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="en" label={t("setting:en")} extra={refused.hint("en", "")}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="levels" label={t("setting:levels")} extra={refused.hint("levels", t("setting:levelsHint"))}>
          <InputNumber min={1} max={10} precision={0} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}
