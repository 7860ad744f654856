import { useQueryClient } from "@tanstack/react-query";
import { Alert, Drawer, Button, Form, Input, Radio } from "antd";
import { useId, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError } from "@/lib/api/error";
import { differences } from "@/lib/differences";
import { settingsQuery, useChangeSetting, type Lock, type Setting } from "./api/settings";
import styles from "./setting.module.css";
import { useSettingWords } from "./use-setting-words";
import { textsOf } from "./value";
import { ValueField } from "./value-field";

interface Values {
  mode: "own" | "inherit";
  value: unknown;
  lock: Lock;
  reason: string;
}

interface Props {
  /** The setting as this person saw it. */
  setting: Setting;
  onClose: () => void;
  /** request: somebody else must approve it first. */
  onSaved: (request: string | null) => void;
}

function valuesOf(setting: Setting): Values {
  const own = setting.own !== null;
  return { mode: own ? "own" : "inherit", value: own ? setting.own : setting.effective, lock: setting.own_lock, reason: "" };
}

/** Sets a value at a centre, or lets it be inherited again. */
export function SettingDrawer({ setting, onClose, onSaved }: Props) {
  const { t } = useTranslation(["setting", "common"]);
  const { titleOf, helpOf, valueOf, lockOf } = useSettingWords();
  const [form] = Form.useForm<Values>();
  const formId = useId();
  const client = useQueryClient();
  const [base, setBase] = useState(setting);
  const [theirs, setTheirs] = useState<Setting>();
  const [conflict, setConflict] = useState<unknown>(null);
  const refused = useFormProblem<Values>(form, ["value", "lock", "reason"]);
  const change = useChangeSetting(setting.key, setting.centre.id);
  // Not there yet in the first render.
  const mode = (Form.useWatch("mode", form) as Values["mode"] | undefined) ?? valuesOf(base).mode;

  const asked = (values: Values) => {
    const value = setting.type === "texts" ? textsOf(values.value).map((line) => line.trim()).filter((line) => line !== "") : values.value;
    return values.mode === "inherit" ? { value: null, lock: "" as const } : { value, lock: values.lock };
  };
  const submit = async (version: number) => {
    const values: Values = { ...valuesOf(base), ...form.getFieldsValue() };
    refused.clear();
    setConflict(null);
    try {
      onSaved(await change.mutateAsync({ ...asked(values), version, reason: values.reason }));
    } catch (error) {
      if (asApiError(error).code === "setting.changed_meanwhile") {
        setConflict(error);
        const list = await client.query({ ...settingsQuery(setting.centre.id), staleTime: 0 });
        setTheirs(list.find((entry) => entry.key === setting.key));
      } else refused.report(error);
    }
  };
  const mine = asked({ ...valuesOf(base), ...form.getFieldsValue() });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
  };

  return (
    <Drawer
      open
      size={520}
      title={t("setting:editTitle", { title: titleOf(setting), centre: setting.centre.name })}
      onClose={onClose}
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={change.isPending}>
            {t(setting.important ? "setting:ask" : "setting:save")}
          </Button>
        </div>
      }
    >
      <p className={styles["help"]}>{helpOf(setting)}</p>
      {setting.important ? <Alert type="info" showIcon title={t("setting:importantHint")} className={styles["above"]} /> : null}
      {setting.floor ? (
        <Alert type="warning" showIcon className={styles["above"]} title={t("setting:floorHint", { centre: setting.floor.name, value: valueOf(setting, setting.floor_value) })} />
      ) : null}
      {conflict ? (
        <ConflictNote
          error={conflict}
          differences={theirs && differences({ value: mine.value, lock: mine.lock }, { value: theirs.own, lock: theirs.own_lock }, ["value", "lock"])}
          nameOf={(field) => t(field === "lock" ? "setting:lock" : "setting:value")}
          show={(field, value) => (field === "lock" ? lockOf(value as Lock) : valueOf(setting, value))}
          onTakeTheirs={() => {
            if (!theirs) return;
            setBase(theirs);
            setConflict(null);
            form.setFieldsValue(valuesOf(theirs));
          }}
          onKeepMine={() => {
            if (theirs) void submit(theirs.version);
          }}
        />
      ) : null}
      {refused.problem ? (
        <div className={styles["above"]}>
          <ErrorNote what={t("setting:saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form<Values> id={formId} form={form} layout="vertical" requiredMark={false} initialValues={valuesOf(base)} onKeyDown={onKeyDown} onFinish={() => void submit(base.version)}>
        <Form.Item name="mode" label={t("setting:here")}>
          <Radio.Group
            options={[
              { value: "own", label: t("setting:setHere") },
              { value: "inherit", label: t("setting:inheritHere") },
            ]}
          />
        </Form.Item>
        {mode === "own" ? (
          <>
            <Form.Item name="value" label={t("setting:value")} extra={refused.hint("value", t("setting:bounds", { default: valueOf(setting, setting.default) }))}>
              <ValueField setting={setting} />
            </Form.Item>
            <Form.Item name="lock" label={t("setting:lockBelow")} extra={refused.hint("lock", "")}>
              <Radio.Group
                className={styles["locks"]}
                options={(["", "floor", "fixed"] as const).filter((lock) => lock !== "floor" || setting.stricter !== "").map((lock) => ({ value: lock, label: lockOf(lock) }))}
              />
            </Form.Item>
          </>
        ) : null}
        <Form.Item name="reason" label={t("setting:reason")} extra={refused.hint("reason", t("setting:reasonHint"))} rules={[{ required: true, whitespace: true, message: t("setting:reasonMissing") }]} validateTrigger="onSubmit">
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}
