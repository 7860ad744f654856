import { Button, Checkbox, Form, Input, InputNumber } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { SidePane } from "@/components/side-pane";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useFormProblem } from "@/components/use-form-problem";
import { useSession } from "@/lib/session/use-session";
import { randomUUID } from "@/lib/uuid";
import { useSaveBreak, type Break, type BreakBody } from "./api/breaks";
import styles from "./routing.module.css";

const FIELDS = ["code", "name", "name_en", "place", "most_minutes", "most_share", "retired"] as const satisfies readonly (keyof BreakBody)[];

const EMPTY: BreakBody = { code: "", name: "", name_en: "", place: 0, retired: false };

interface Props {
  id: string;
  entry?: Break;
  onBusy: (busy: boolean) => void;
  onSaved: (id: string) => void;
}

/** Makes or changes a reason for breaks. Its code stays, because records name it. */
export function BreakForm({ id, entry, onBusy, onSaved }: Props) {
  const { t } = useTranslation("routing");
  const [form] = Form.useForm<BreakBody>();
  const [idempotencyKey] = useState(randomUUID);
  const refused = useFormProblem<BreakBody>(form, FIELDS);
  const save = useSaveBreak(idempotencyKey);
  const submit = async () => {
    onBusy(true);
    refused.clear();
    try {
      const { most_minutes, most_share, ...values } = { ...EMPTY, ...form.getFieldsValue() };
      onSaved((await save.mutateAsync({ body: { ...values, most_minutes: most_minutes ?? undefined, most_share: most_share ?? undefined }, on: entry })).id);
    } catch (error) {
      refused.report(error);
    } finally {
      onBusy(false);
    }
  };
  const missing = (message: string) => [{ required: true, whitespace: true, message }];
  return (
    <Form<BreakBody> id={id} form={form} layout="vertical" requiredMark={false} initialValues={entry ?? EMPTY} onFinish={() => void submit()}>
      {refused.problem ? (
        <div className={styles["above"]}>
          <ErrorNote what={t("saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form.Item name="code" label={t("queues.code")} extra={refused.hint("code", t("breaks.codeHint"))} rules={missing(t("queues.codeMissing"))} validateTrigger="onSubmit">
        <Input data-first autoComplete="off" maxLength={32} disabled={entry !== undefined} />
      </Form.Item>
      <div className={styles["pair"]}>
        <Form.Item name="name" label={t("name")} extra={refused.hint("name", "")} rules={missing(t("nameMissing"))} validateTrigger="onSubmit">
          <Input autoComplete="off" maxLength={50} />
        </Form.Item>
        <Form.Item name="name_en" label={t("breaks.nameEn")} extra={refused.hint("name_en", "")} rules={missing(t("nameMissing"))} validateTrigger="onSubmit">
          <Input autoComplete="off" maxLength={50} />
        </Form.Item>
        <Form.Item name="most_minutes" label={t("breaks.minutes")} extra={refused.hint("most_minutes", t("breaks.later"))}>
          <InputNumber min={1} max={1440} precision={0} style={{ width: "100%" }} />
        </Form.Item>
        <Form.Item name="most_share" label={t("breaks.share")} extra={refused.hint("most_share", t("breaks.later"))}>
          <InputNumber min={1} max={100} precision={0} suffix="%" style={{ width: "100%" }} />
        </Form.Item>
        <Form.Item name="place" label={t("breaks.place")} extra={refused.hint("place", "")}>
          <InputNumber min={0} max={9999} precision={0} style={{ width: "100%" }} />
        </Form.Item>
      </div>
      <Form.Item name="retired" valuePropName="checked">
        <Checkbox>{t("breaks.retire")}</Checkbox>
      </Form.Item>
    </Form>
  );
}

/** One reason for breaks. */
export function BreakPane({ reason, onClose, onEdit }: { reason: Break; onClose: () => void; onEdit: (entry: Break) => void }) {
  const { t } = useTranslation("routing");
  const { can } = useSession();
  return (
    <SidePane
      title={reason.name}
      label={t("details")}
      onClose={onClose}
      actions={
        can("routing.queue.edit") ? (
          <Button
            size="small"
            type="primary"
            onClick={() => {
              onEdit(reason);
            }}
          >
            {t("edit")}
          </Button>
        ) : null
      }
    >
      <StatusWord tone={reason.retired ? "idle" : "ok"}>{t(reason.retired ? "breaks.retired" : "breaks.inUse")}</StatusWord>
      <DetailsList
        items={[
          { name: t("queues.code"), value: reason.code },
          { name: t("breaks.nameEn"), value: reason.name_en },
          { name: t("breaks.minutes"), value: reason.most_minutes ?? "" },
          { name: t("breaks.share"), value: reason.most_share === undefined ? "" : `${String(reason.most_share)}%` },
          { name: t("updated"), value: <><TimeText value={reason.updated_at} full /> {reason.updated_by}</> },
        ]}
      />
    </SidePane>
  );
}
