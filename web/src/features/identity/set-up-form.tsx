import { Button, Form, Input, Steps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { asApiError, type ApiError } from "@/lib/api/error";
import { fieldErrorText } from "@/lib/i18n/error-text";
import { useSetUp, type SetUp } from "./api/set-up";
import styles from "./identity.module.css";

type Path = ["code"] | ["centre_code"] | ["centre_name"] | ["administrator" | "approver", "number" | "name" | "password"];

/** The fields of each step, in the order of the form. */
const STEPS: readonly (readonly Path[])[] = [
  [["code"], ["centre_name"], ["centre_code"]],
  [["administrator", "number"], ["administrator", "name"], ["administrator", "password"]],
  [["approver", "number"], ["approver", "name"], ["approver", "password"]],
];

const EMPTY: SetUp = {
  code: "",
  centre_code: "HQ",
  centre_name: "",
  administrator: { number: "", name: "", password: "" },
  approver: { number: "", name: "", password: "" },
};

/** Which step a field of the server's answer ("approver.password") belongs to. */
function stepOf(path: string): number {
  return STEPS.findIndex((fields) => fields.some((field) => field.join(".") === path));
}

/** The first start of an installation: the operator, who administers, and who approves. */
export function SetUpForm({ onDone }: { onDone: (number: string) => void }) {
  const { t } = useTranslation("identity");
  const [form] = Form.useForm<SetUp>();
  const setUp = useSetUp();
  const [step, setStep] = useState(0);
  const [problem, setProblem] = useState<ApiError | null>(null);

  const refuse = (error: unknown) => {
    const refused = asApiError(error);
    const here = refused.fields.filter(({ path }) => stepOf(path) >= 0);
    for (const field of here) {
      const name = field.path.split(".") as unknown as Path;
      const errors = here.filter(({ path }) => path === field.path).map(fieldErrorText);
      form.setFields([{ name, errors }]);
    }
    if (refused.code === "identity.wrong_setup_code") setStep(0);
    else if (here.length > 0) setStep(Math.min(...here.map(({ path }) => stepOf(path))));
    setProblem(here.length > 0 ? null : refused);
  };
  const next = async () => {
    try {
      await form.validateFields((STEPS[step] ?? []).map((path) => [...path] as never));
    } catch {
      return; // shown at the fields
    }
    if (step < STEPS.length - 1) {
      setStep(step + 1);
      return;
    }
    setProblem(null);
    const values = form.getFieldsValue(true) as SetUp;
    try {
      await setUp.mutateAsync(values);
      onDone(values.administrator.number);
    } catch (error) {
      refuse(error);
    }
  };
  const field = (name: Path, label: string, password = false, hint = "") => (
    <Form.Item
      name={[...name] as never}
      label={label}
      extra={hint}
      rules={[{ required: true, whitespace: true, message: t("setup.missing") }]}
      validateTrigger="onSubmit"
    >
      {password ? <Input.Password autoComplete="new-password" /> : <Input autoComplete="off" spellCheck={false} />}
    </Form.Item>
  );
  const person = (who: "administrator" | "approver") => (
    <>
      <p className={styles["muted"]}>{t(`setup.${who}Hint`)}</p>
      {field([who, "number"], t("setup.number"), false, t("setup.numberHint"))}
      {field([who, "name"], t("setup.name"))}
      {field([who, "password"], t("setup.password"), true, t("setup.passwordHint"))}
    </>
  );
  return (
    <Form<SetUp>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={EMPTY}
      preserve
      onKeyDown={(event) => {
        // Not a submission: that would check the fields of the steps to come.
        if (event.key !== "Enter" || event.nativeEvent.isComposing || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        void next();
      }}
    >
      <Steps
        size="small"
        current={step}
        items={(["operator", "administrator", "approver"] as const).map((name) => ({ title: t(`setup.steps.${name}`) }))}
        style={{ marginBottom: 20 }}
      />
      {problem ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("setup.failed")} error={problem} />
        </div>
      ) : null}
      <div hidden={step !== 0}>
        {field(["code"], t("setup.code"), false, t("setup.codeHint"))}
        {field(["centre_name"], t("setup.centreName"), false, t("setup.centreNameHint"))}
        {field(["centre_code"], t("setup.centreCode"), false, t("setup.centreCodeHint"))}
      </div>
      <div hidden={step !== 1}>{person("administrator")}</div>
      <div hidden={step !== 2}>{person("approver")}</div>
      <div className={styles["policyFoot"]}>
        <Button
          disabled={step === 0}
          onClick={() => {
            setStep(step - 1);
          }}
        >
          {t("setup.back")}
        </Button>
        <Button type="primary" loading={setUp.isPending} onClick={() => void next()}>
          {t(step === STEPS.length - 1 ? "setup.finish" : "setup.next")}
        </Button>
      </div>
    </Form>
  );
}
