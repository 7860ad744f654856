import { useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Drawer, Form, Input, Radio, Select } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { ReasonDialog } from "@/components/reason-dialog";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError } from "@/lib/api/error";
import { differences } from "@/lib/differences";
import { randomUUID } from "@/lib/uuid";
import { useDeleteDay, useSaveDay, yearQuery, type Day, type OwnDay, type Span } from "./api/calendar";
import styles from "./calendar.module.css";
import { wordsOf } from "./periods";
import { PeriodsInput } from "./week-grid";

interface Props {
  day: Day;
  year: number;
  centre: { id: string; name: string };
  editable: boolean;
  onClose: () => void;
  onSaved: () => void;
}

interface Values {
  kind: OwnDay["kind"];
  name: string;
  public: boolean;
  as_weekday: number;
  reason: string;
}

/** The weekday a day is worked like; Monday while it is not worked like any. */
function weekdayOf(day: OwnDay | null): number {
  return day === null || day.as_weekday === 0 ? 1 : day.as_weekday;
}

/** One day: what holds and by whom, and the centre's own word about it. */
export function DayDrawer({ day, year, centre, editable, onClose, onSaved }: Props) {
  const { t } = useTranslation(["calendar", "common"]);
  const [form] = Form.useForm<Values>();
  const formId = useId();
  const client = useQueryClient();
  const [idempotencyKey, setIdempotencyKey] = useState(randomUUID);
  const [base, setBase] = useState(day.own);
  const [spans, setSpans] = useState<Span[]>(day.own?.periods ?? []);
  const [theirs, setTheirs] = useState<OwnDay>();
  const [conflict, setConflict] = useState<unknown>(null);
  const [removing, setRemoving] = useState(false);
  const refused = useFormProblem<Values>(form, ["kind", "name", "as_weekday", "reason"]);
  const save = useSaveDay(idempotencyKey);
  const remove = useDeleteDay();
  const initial: Values = { kind: base?.kind ?? "off", name: base?.name ?? day.name, public: base?.public ?? false, as_weekday: weekdayOf(base), reason: "" };
  // Not there yet in the first render.
  const kind = (Form.useWatch("kind", form) as Values["kind"] | undefined) ?? initial.kind;

  const submit = async (on: OwnDay | null) => {
    const { as_weekday, ...values } = { ...initial, ...form.getFieldsValue() };
    refused.clear();
    setConflict(null);
    try {
      await save.mutateAsync({
        centre: centre.id,
        on,
        body: { ...values, day: day.day, as_weekday: values.kind === "work" ? as_weekday : undefined, periods: values.kind === "special" ? spans : undefined },
      });
      onSaved();
    } catch (error) {
      setIdempotencyKey(randomUUID());
      if (on && asApiError(error).code === "calendar.changed_meanwhile") {
        setConflict(error);
        const fresh = await client.query({ ...yearQuery(centre.id, year), staleTime: 0 });
        setTheirs(fresh.days.find((entry) => entry.day === day.day)?.own ?? undefined);
      } else refused.report(error);
    }
  };
  const mine = form.getFieldsValue();

  return (
    <Drawer
      open
      size={460}
      title={`${day.day} ${day.name}`}
      onClose={onClose}
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        editable ? (
          <div className={styles["foot"]}>
            {base ? (
              <Button
                danger
                onClick={() => {
                  setRemoving(true);
                }}
              >
                {t("calendar:remove")}
              </Button>
            ) : null}
            <Button onClick={onClose}>{t("common:cancel")}</Button>
            <Button type="primary" htmlType="submit" form={formId} loading={save.isPending}>
              {t("calendar:save")}
            </Button>
          </div>
        ) : null
      }
    >
      <DetailsList
        items={[
          { name: t("calendar:holdsToday"), value: wordsOf(day.periods) || t("calendar:closed") },
          { name: t("calendar:by"), value: day.by },
        ]}
      />
      {conflict ? (
        <ConflictNote
          error={conflict}
          differences={theirs && differences({ kind: mine.kind, name: mine.name, public: mine.public }, { kind: theirs.kind, name: theirs.name, public: theirs.public }, ["kind", "name", "public"])}
          nameOf={(field) => t(`calendar:fields.${field}` as "calendar:fields.name")}
          onTakeTheirs={() => {
            if (!theirs) return;
            setBase(theirs);
            setConflict(null);
            setSpans(theirs.periods);
            form.setFieldsValue({ kind: theirs.kind, name: theirs.name, public: theirs.public, as_weekday: weekdayOf(theirs) });
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
      {editable ? (
        <Form<Values> id={formId} form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={() => void submit(base)}>
          <h3>{t("calendar:ownWord", { centre: centre.name })}</h3>
          <Form.Item name="kind" label={t("calendar:fields.kind")} extra={refused.hint("kind", "")}>
            <Radio.Group options={(["off", "work", "special"] as const).map((value) => ({ value, label: t(`calendar:kinds.${value}`) }))} />
          </Form.Item>
          <Form.Item name="name" label={t("calendar:fields.name")} extra={refused.hint("name", "")} rules={[{ required: true, whitespace: true, message: t("calendar:nameMissing") }]}>
            <Input maxLength={100} />
          </Form.Item>
          {kind === "work" ? (
            <Form.Item name="as_weekday" label={t("calendar:fields.as_weekday")} extra={refused.hint("as_weekday", "")}>
              <Select<number> style={{ width: 160 }} options={[1, 2, 3, 4, 5, 6, 7].map((value) => ({ value, label: t(`calendar:weekdays.${String(value) as "1"}`) }))} />
            </Form.Item>
          ) : null}
          {kind === "special" ? (
            <Form.Item label={t("calendar:fields.periods")} extra={t("calendar:periodsHint")}>
              <PeriodsInput label={t("calendar:fields.periods")} spans={spans} onChange={setSpans} />
            </Form.Item>
          ) : null}
          <Form.Item name="public" valuePropName="checked" extra={t("calendar:publicHint")}>
            <Checkbox>{t("calendar:fields.public")}</Checkbox>
          </Form.Item>
          <Form.Item name="reason" label={t("calendar:reasonOptional")} extra={refused.hint("reason", "")}>
            <Input maxLength={1000} />
          </Form.Item>
        </Form>
      ) : null}
      <ReasonDialog
        open={removing}
        title={t("calendar:removeDay", { day: day.day })}
        confirmLabel={t("calendar:remove")}
        danger
        reasonRequired={false}
        consequence={t("calendar:removeDayHint")}
        onConfirm={async (reason) => {
          if (base) await remove.mutateAsync({ id: base.id, version: base.version, reason });
          onSaved();
        }}
        onClose={() => {
          setRemoving(false);
        }}
      />
    </Drawer>
  );
}
