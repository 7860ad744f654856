import { Button, Checkbox, Drawer, Form, Input, InputNumber } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { focusFirst } from "@/components/focus-first";
import type { Node, Refinement } from "./api/trees";
import type { Row } from "./layer";
import styles from "./setting.module.css";

interface Props {
  /** The node to change; a new one below parent without. */
  row: Row | null;
  parent: string;
  taken: ReadonlySet<string>;
  onNode: (node: Node) => void;
  onRefinement: (refinement: Refinement) => void;
  onClose: () => void;
}

type Values = Omit<Node, "parent"> & { hidden: boolean };

/** One node: all of it when it is the centre's own, its name and whether it is hidden when it comes from above. */
export function NodeDrawer({ row, parent, taken, onNode, onRefinement, onClose }: Props) {
  const { t } = useTranslation(["setting", "common"]);
  const [form] = Form.useForm<Values>();
  const formId = useId();
  const above = row?.above ?? null;
  const initial: Values = row?.own
    ? { ...row.own, hidden: false }
    : {
        code: row?.code ?? "", zh: row?.refinement?.zh ?? "", en: row?.refinement?.en ?? "", position: 0, locked: false, rename: false, extend: above === null,
        retired: false, hidden: row?.refinement?.hidden ?? false,
      };
  const submit = ({ hidden, ...values }: Values) => {
    if (above) onRefinement({ code: above.code, zh: values.zh.trim(), en: values.en.trim(), hidden });
    else onNode({ ...initial, ...values, code: values.code.trim().toUpperCase(), zh: values.zh.trim(), en: values.en.trim(), parent: row?.own?.parent ?? parent });
    onClose();
  };
  const title = row ? t("setting:editNode", { code: row.code }) : parent === "" ? t("setting:addTop") : t("setting:addBelow", { code: parent });
  const flags = ["locked", "rename", "extend", "retired"] as const;
  return (
    <Drawer
      open
      size={460}
      title={title}
      onClose={onClose}
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId}>
            {t("setting:takeOver")}
          </Button>
        </div>
      }
    >
      <p className={styles["help"]}>{t(above ? "setting:aboveHint" : "setting:ownHint")}</p>
      <Form<Values> id={formId} form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={submit}>
        {row ? null : (
          <Form.Item
            name="code"
            label={t("setting:code")}
            extra={t("setting:codeHint")}
            rules={[
              { required: true, message: t("setting:codeMissing") },
              { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, message: t("setting:codeHint") },
              { validator: (_, code: string) => (taken.has(code.trim().toUpperCase()) ? Promise.reject(new Error(t("setting:codeTaken"))) : Promise.resolve()) },
            ]}
          >
            <Input maxLength={32} />
          </Form.Item>
        )}
        <Form.Item name="zh" label={t("setting:zh")} extra={above ? above.zh : undefined} rules={above ? [] : [{ required: true, whitespace: true, message: t("setting:zhMissing") }]}>
          <Input maxLength={100} disabled={above !== null && !above.rename} />
        </Form.Item>
        <Form.Item name="en" label={t("setting:en")} extra={above ? above.en : undefined}>
          <Input maxLength={100} disabled={above !== null && !above.rename} />
        </Form.Item>
        {above ? (
          <Form.Item name="hidden" valuePropName="checked" extra={above.locked ? t("setting:lockedHint") : undefined}>
            <Checkbox disabled={above.locked}>{t("setting:hidden")}</Checkbox>
          </Form.Item>
        ) : (
          <>
            <Form.Item name="position" label={t("setting:position")}>
              <InputNumber min={0} max={1_000_000} precision={0} />
            </Form.Item>
            {flags.map((flag) => (
              <Form.Item key={flag} name={flag} valuePropName="checked" style={{ marginBottom: 4 }}>
                <Checkbox>{t(`setting:flags.${flag}`)}</Checkbox>
              </Form.Item>
            ))}
          </>
        )}
      </Form>
    </Drawer>
  );
}
