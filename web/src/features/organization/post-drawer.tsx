import { App, Button, Drawer, Form, Input, InputNumber, Radio } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { randomUUID } from "@/lib/uuid";
import { createPost, POST_CLASSES, readPost, updatePost, type Post } from "./api/posts";
import styles from "./people.module.css";
import { useConflict } from "./use-conflict";

interface Values {
  code: string;
  name_zh: string;
  name_en: string;
  class: Post["class"];
  review_months: number;
  state: Post["state"];
}

const FIELDS = ["code", "name_zh", "name_en", "class", "review_months", "state"] as const;

/** What can be changed of a post that is there. */
const EDITED = ["name_zh", "name_en", "class", "review_months", "state"] as const;

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
  /** The version that another editor saved and this form was brought up to; versions only rise. */
  const [seen, setSeen] = useState(0);
  const version = Math.max(post?.version ?? 0, seen);
  const refused = useFormProblem<Values>(form, FIELDS);

  const conflict = useConflict<Values>(async () => {
    const now = await readPost(post?.id ?? "");
    return { version: now.version, values: now };
  }, EDITED);
  const leave = () => {
    conflict.clear();
    setSeen(0);
    onClose();
  };
  const words = (value: string): string => {
    const known = POST_CLASSES.find((entry) => entry === value);
    if (known) return t(`staff:classes.${known}`);
    return value === "active" ? t("staff:posts.inUse") : value === "closed" ? t("staff:posts.closed") : value;
  };

  const save = async (values: Values, base: number) => {
    const whole = { ...values, code: post?.code ?? values.code };
    setBusy(true);
    refused.clear();
    try {
      const { code, state, ...rest } = values;
      const saved = post ? await updatePost(post.id, base, { ...rest, state }) : await createPost({ code, ...rest }, key);
      void message.success(t("staff:saved", { name: values.name_zh }));
      setKey(randomUUID());
      leave();
      onSaved(saved.id);
    } catch (error) {
      if (!conflict.catches(error, whole)) refused.report(error);
    } finally {
      setBusy(false);
    }
  };
  const required = [{ required: true, whitespace: true, message: t("staff:required") }];

  return (
    <Drawer
      open={open}
      onClose={leave}
      title={post ? t("staff:editTitle", { name: post.name_zh }) : t("staff:posts.new")}
      size={440}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={leave}>{t("common:cancel")}</Button>
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
        onFinish={(values) => void save(values, version)}
      >
        {conflict.conflict ? (
          <div className={styles["note"]}>
            <ConflictNote
              error={conflict.conflict.error}
              differences={conflict.differing}
              nameOf={(field) => t(`staff:columns.${field}`, { defaultValue: field })}
              show={(_, value) => words(String(value))}
              onTakeTheirs={() => {
                const { theirs } = conflict.conflict ?? {};
                if (!theirs) return;
                form.setFieldsValue(theirs.values);
                setSeen(theirs.version);
                conflict.clear();
              }}
              onKeepMine={() => {
                const { theirs } = conflict.conflict ?? {};
                if (!theirs) return;
                setSeen(theirs.version);
                conflict.clear();
                void save(form.getFieldsValue(), theirs.version);
              }}
            />
          </div>
        ) : null}
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
