import { useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Drawer, Form, Input } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError } from "@/lib/api/error";
import { differences } from "@/lib/differences";
import { randomUUID } from "@/lib/uuid";
import { useSaveWeek, weeksQuery, type Span, type Week } from "./api/calendar";
import styles from "./calendar.module.css";
import { hoursOf, wordsOf } from "./periods";
import { WeekGrid } from "./week-grid";
import { daysOf } from "./weeks-panel";

interface Props {
  week: Week | null;
  /** What a new week begins with. */
  like: Week | null;
  centre: { id: string; name: string };
  onClose: () => void;
  onSaved: () => void;
}

interface Values {
  valid_from: string;
  holidays: boolean;
  reason: string;
}

/** Makes or changes a working week. */
export function WeekDrawer({ week, like, centre, onClose, onSaved }: Props) {
  const { t } = useTranslation(["calendar", "common"]);
  const [form] = Form.useForm<Values>();
  const formId = useId();
  const client = useQueryClient();
  const [idempotencyKey, setIdempotencyKey] = useState(randomUUID);
  const [base, setBase] = useState(week);
  const [days, setDays] = useState<Span[][]>(() => daysOf(week ?? like));
  const [theirs, setTheirs] = useState<Week>();
  const [conflict, setConflict] = useState<unknown>(null);
  const refused = useFormProblem<Values>(form, ["valid_from", "holidays", "reason"]);
  const save = useSaveWeek(idempotencyKey);
  const initial: Values = { valid_from: week?.valid_from ?? "", holidays: week?.holidays ?? like?.holidays ?? true, reason: "" };

  const submit = async (on: Week | null) => {
    const values = { ...initial, ...form.getFieldsValue() };
    const periods = days.flatMap((spans, day) => spans.map((span) => ({ ...span, weekday: day + 1 })));
    refused.clear();
    setConflict(null);
    try {
      await save.mutateAsync({ centre: centre.id, on, body: { ...values, periods } });
      onSaved();
    } catch (error) {
      setIdempotencyKey(randomUUID());
      if (on && asApiError(error).code === "calendar.changed_meanwhile") {
        setConflict(error);
        const list = await client.query({ ...weeksQuery(centre.id), staleTime: 0 });
        setTheirs(list.items.find((entry) => entry.id === on.id));
      } else refused.report(error);
    }
  };
  const plain = (from: string, holidays: boolean, list: readonly (readonly Span[])[]) => ({ valid_from: from, holidays, periods: list.map(wordsOf).join(" | ") });

  return (
    <Drawer
      open
      size={760}
      title={t(week ? "calendar:editWeek" : "calendar:addWeek")}
      onClose={onClose}
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={save.isPending}>
            {t("calendar:save")}
          </Button>
        </div>
      }
    >
      {conflict ? (
        <ConflictNote
          error={conflict}
          differences={
            theirs &&
            differences(plain(form.getFieldValue("valid_from") as string, form.getFieldValue("holidays") as boolean, days), plain(theirs.valid_from, theirs.holidays, daysOf(theirs)), ["valid_from", "holidays", "periods"])
          }
          nameOf={(field) => t(`calendar:fields.${field}` as "calendar:fields.periods")}
          onTakeTheirs={() => {
            if (!theirs) return;
            setBase(theirs);
            setConflict(null);
            setDays(daysOf(theirs));
            form.setFieldsValue({ valid_from: theirs.valid_from, holidays: theirs.holidays });
          }}
          onKeepMine={() => {
            if (theirs) void submit(theirs);
          }}
        />
      ) : null}
      {refused.problem ? (
        <div className={styles["above"]}>
          <ErrorNote what={t("calendar:saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form<Values> id={formId} form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={() => void submit(base)}>
        <Form.Item name="valid_from" label={t("calendar:fields.valid_from")} extra={refused.hint("valid_from", t("calendar:validFromHint"))} rules={[{ required: true, message: t("calendar:dateMissing") }]}>
          <Input type="date" style={{ width: 180 }} />
        </Form.Item>
        <Form.Item name="holidays" valuePropName="checked" extra={t("calendar:holidaysHint")}>
          <Checkbox>{t("calendar:followsHolidays")}</Checkbox>
        </Form.Item>
        <div className={styles["label"]}>{t("calendar:fields.periods")}</div>
        <WeekGrid days={days} editable onChange={setDays} />
        <p className={styles["muted"]}>
          {t("calendar:hoursPerWeek", { hours: hoursOf(days) })} · {t("calendar:gridHint")}{" "}
          <Button
            size="small"
            onClick={() => {
              setDays(days.map((spans, day) => (day < 5 ? [...(days[0] ?? [])] : [...spans])));
            }}
          >
            {t("calendar:copyMonday")}
          </Button>
        </p>
        <Form.Item name="reason" label={t("calendar:reasonOptional")} extra={refused.hint("reason", "")}>
          <Input maxLength={1000} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}
