import { App, Button, Drawer, Form, Input, InputNumber, Radio } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { randomUUID } from "@/lib/uuid";
import { createPost, POST_CLASSES, updatePost, type Post } from "./api/posts";
import styles from "./people.module.css";

interface Values {
  code: string;
  name_zh: string;
  name_en: string;
  class: Post["class"];
  review_months: number;
  state: Post["state"];
}

const FIELDS = ["code", "name_zh", "name_en", "class", "review_months", "state"] as const;

interface Props {
  open: boolean;
  /** The one to change; null: a new one. */
  post: Post | null;
  onClose: () => void;
  onSaved: (id: string) => void;
}

export function PostDrawer({ open, post, onClose, onSaved }: Props) {
  const { t } = useTranslation(["staff", "common"]);
  const { message } = App.useApp();
  const formId = useId();
  const [form] = Form.useForm<Values>();
  const [key, setKey] = useState(randomUUID);
  const [busy, setBusy] = useState(false);
  const refused = useFormProblem<Values>(form, FIELDS);

  const save = async (values: Values) => {
    setBusy(true);
    refused.clear();
    try {
      const { code, state, ...rest } = values;
      const saved = post ? await updatePost(post.id, post.version, { ...rest, state }) : await createPost({ code, ...rest }, key);
      void message.success(t("staff:saved", { name: values.name_zh }));
      setKey(randomUUID());
      onClose();
      onSaved(saved.id);
    } catch (error) {
      refused.report(error);
    } finally {
      setBusy(false);
    }
  };
  const required = [{ required: true, whitespace: true, message: t("staff:required") }];

  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={post ? t("staff:editTitle", { name: post.name_zh }) : t("staff:posts.new")}
      size={440}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={busy}>
            {t("staff:save")}
          </Button>
        </div>
      }
    >
      <Form<Values>
        id={formId}
        form={form}
        layout="vertical"
        requiredMark={false}
        preserve={false}
        initialValues={post ?? { code: "", name_zh: "", name_en: "", class: "front", review_months: 12, state: "active" }}
        onFinish={(values) => void save(values)}
      >
        {refused.problem ? (
          <div className={styles["note"]}>
            <ErrorNote what={t("staff:saveFailed")} error={refused.problem} />
          </div>
        ) : null}
        {post ? null : (
          <Form.Item name="code" label={t("staff:posts.code")} extra={refused.hint("code", t("staff:posts.codeHint"))} rules={required} validateTrigger="onSubmit">
            <Input data-first autoComplete="off" maxLength={32} />
          </Form.Item>
        )}
        <Form.Item name="name_zh" label={t("staff:posts.nameZH")} extra={refused.hint("name_zh", "")} rules={required} validateTrigger="onSubmit">
          <Input data-first={post ? true : undefined} autoComplete="off" maxLength={100} />
        </Form.Item>
        <Form.Item name="name_en" label={t("staff:posts.nameEN")} extra={refused.hint("name_en", "")} rules={required} validateTrigger="onSubmit">
          <Input autoComplete="off" maxLength={100} />
        </Form.Item>
        <Form.Item name="class" label={t("staff:postClass")} extra={refused.hint("class", "")}>
          <Radio.Group optionType="button" options={POST_CLASSES.map((value) => ({ value, label: t(`staff:classes.${value}`) }))} />
        </Form.Item>
        <Form.Item name="review_months" label={t("staff:posts.reviewMonths")} extra={refused.hint("review_months", t("staff:posts.reviewMonthsHint"))}>
          <InputNumber min={1} max={60} precision={0} />
        </Form.Item>
        {post ? (
          <Form.Item name="state" label={t("staff:state")} extra={refused.hint("state", "")}>
            <Radio.Group
              optionType="button"
              options={[
                { value: "active", label: t("staff:posts.inUse") },
                { value: "closed", label: t("staff:posts.closed") },
              ]}
            />
          </Form.Item>
        ) : null}
      </Form>
    </Drawer>
  );
}
