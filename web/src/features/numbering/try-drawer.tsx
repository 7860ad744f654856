import { Drawer, Form, Input, Button } from "antd";
import { useEffect, useEffectEvent, useId } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { useFormProblem } from "@/components/use-form-problem";
import { useTryNumber, type TryBody } from "./api/try-number";
import { TryResult } from "./try-result";
import styles from "./numbering.module.css";

const FIELDS = ["called", "caller", "area_code"] as const;

interface Props {
  /** The number to begin with; null: closed. */
  number: string | null;
  onClose: () => void;
}

/** Who answers this number, where is this caller from, and why? */
export function TryDrawer({ number, onClose }: Props) {
  const { t } = useTranslation("numbering");
  const id = useId();
  return (
    <Drawer
      open={number !== null}
      onClose={onClose}
      title={t("tryTitle")}
      size={560}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(id);
      }}
    >
      <TryForm id={id} number={number ?? ""} />
    </Drawer>
  );
}

function TryForm({ id, number }: { id: string; number: string }) {
  const { t } = useTranslation("numbering");
  const [form] = Form.useForm<TryBody>();
  const refused = useFormProblem<TryBody>(form, FIELDS);
  const attempt = useTryNumber();
  const ask = async (values: TryBody) => {
    refused.clear();
    try {
      await attempt.mutateAsync(values);
    } catch (error) {
      refused.report(error);
    }
  };
  const begin = useEffectEvent(() => {
    if (number !== "") void ask({ called: number });
  });
  useEffect(() => {
    begin();
  }, []);
  return (
    <>
      <Form<TryBody> id={id} form={form} layout="vertical" initialValues={{ called: number, caller: "", area_code: "" }} onFinish={(values) => void ask(values)}>
        <div className={styles["pair"]}>
          <Form.Item name="called" label={t("calledNumber")} extra={refused.hint("called", t("calledHint"))}>
            <Input data-first autoComplete="off" maxLength={64} />
          </Form.Item>
          <Form.Item name="caller" label={t("callerNumber")} extra={refused.hint("caller", t("callerHint"))}>
            <Input autoComplete="off" maxLength={64} />
          </Form.Item>
        </div>
        <div className={styles["pair"]}>
          <Form.Item name="area_code" label={t("trunkArea")} extra={refused.hint("area_code", t("trunkAreaHint"))}>
            <Input autoComplete="off" maxLength={6} />
          </Form.Item>
          <Form.Item label=" ">
            <Button type="primary" htmlType="submit" loading={attempt.isPending}>
              {t("ask")}
            </Button>
          </Form.Item>
        </div>
      </Form>
      {refused.problem ? <ErrorNote what={t("tryFailed")} error={refused.problem} /> : null}
      {attempt.isSuccess ? <TryResult answer={attempt.data} /> : null}
    </>
  );
}
