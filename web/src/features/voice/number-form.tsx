import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Form, Input, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError } from "@/lib/api/error";
import { differences } from "@/lib/differences";
import { useLanguage } from "@/lib/i18n/hooks";
import { randomUUID } from "@/lib/uuid";
import { ACTS, CAUSES, numberQuery, numbersKey, targetsQuery, useSaveNumber, type NumberBody, type NumberDetail } from "./api/numbers";
import { phonesQuery } from "./api/phones";
import { promptsQuery } from "./api/prompts";
import { groupsQuery } from "./api/trunks";
import styles from "./voice.module.css";

type Values = Omit<NumberBody, "prompt_id" | "phone_id" | "group_id" | "queue" | "flow"> & { prompt_id: string; phone_id: string; group_id: string; queue: string; flow: string };

const FIELDS = [
  "number", "match", "name", "centre_id", "act", "prompt_id", "repeat", "phone_id", "group_id", "cause", "queue", "flow", "disabled", "note",
] as const satisfies readonly (keyof Values)[];

const EMPTY: Values = {
  number: "", match: "number", name: "", centre_id: "", act: "prompt", prompt_id: "", repeat: false, phone_id: "", group_id: "", cause: "", queue: "", flow: "", disabled: false, note: "",
};

function valuesOf(entry: NumberDetail): Values {
  return {
    number: entry.pattern, match: entry.match, name: entry.name, centre_id: entry.centre_id, act: entry.act, prompt_id: entry.prompt_id ?? "",
    repeat: entry.repeat, phone_id: entry.phone_id ?? "", group_id: entry.group_id ?? "", cause: entry.cause, queue: entry.queue, flow: entry.flow, disabled: entry.disabled, note: entry.note,
  };
}

function bodyOf({ prompt_id, phone_id, group_id, ...values }: Values): NumberBody {
  const { act } = values;
  return {
    ...values,
    prompt_id: act === "prompt" && prompt_id !== "" ? prompt_id : undefined,
    phone_id: act === "phone" && phone_id !== "" ? phone_id : undefined,
    group_id: act === "trunk" && group_id !== "" ? group_id : undefined,
    cause: act === "reject" ? values.cause : "",
    queue: act === "queue" || act === "flow" ? values.queue : "",
    flow: act === "flow" ? values.flow : "",
  };
}

interface Props {
  id: string;
  entry?: NumberDetail;
  onBusy: (busy: boolean) => void;
  onSaved: (id: string) => void;
}

/** Says what happens when a number is called. */
export function NumberForm({ id, entry, onBusy, onSaved }: Props) {
  const { t } = useTranslation("voice");
  const [form] = Form.useForm<Values>();
  const client = useQueryClient();
  const [idempotencyKey] = useState(randomUUID);
  const [base, setBase] = useState(entry);
  const [theirs, setTheirs] = useState<NumberDetail>();
  const [conflict, setConflict] = useState<unknown>(null);
  const refused = useFormProblem<Values>(form, FIELDS);
  const save = useSaveNumber(idempotencyKey);
  const act = (Form.useWatch("act", form) as Values["act"] | undefined) ?? base?.act ?? EMPTY.act;
  const words: Record<(typeof FIELDS)[number], string> = {
    number: t("numbers.number"), match: t("numbers.match"), name: t("name"), centre_id: t("centre"), act: t("numbers.act"), prompt_id: t("numbers.prompt"),
    repeat: t("numbers.repeat"), phone_id: t("numbers.phone"), group_id: t("numbers.group"), cause: t("numbers.cause"), queue: t("numbers.queue"), flow: t("numbers.flow"), disabled: t("disabled"), note: t("note"),
  };
  const submit = async (on = base) => {
    onBusy(true);
    refused.clear();
    setConflict(null);
    try {
      // Fields that are not in sight keep what they had: the store has them all.
      onSaved((await save.mutateAsync({ body: bodyOf({ ...EMPTY, ...(form.getFieldsValue(true) as Partial<Values>) }), on })).id);
    } catch (error) {
      if (on && asApiError(error).code === "voice.changed_meanwhile") {
        setConflict(error);
        setTheirs(await client.query({ ...numberQuery(on.id), staleTime: 0 }));
      } else refused.report(error);
    } finally {
      onBusy(false);
    }
  };
  return (
    <Form<Values> id={id} form={form} layout="vertical" requiredMark={false} initialValues={base ? valuesOf(base) : EMPTY} onFinish={() => void submit()}>
      {conflict ? (
        <div className={styles["above"]}>
          <ConflictNote
            error={conflict}
            differences={theirs ? differences({ ...EMPTY, ...form.getFieldsValue() }, valuesOf(theirs), FIELDS) : undefined}
            nameOf={(field) => words[field as (typeof FIELDS)[number]]}
            onTakeTheirs={() => {
              if (!theirs) return;
              setBase(theirs);
              setConflict(null);
              form.setFieldsValue(valuesOf(theirs));
              void client.invalidateQueries({ queryKey: numbersKey });
            }}
            onKeepMine={() => {
              setBase(theirs);
              void submit(theirs);
            }}
          />
        </div>
      ) : null}
      {refused.problem ? (
        <div className={styles["above"]}>
          <ErrorNote what={t("saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <div className={styles["pair"]}>
        <Form.Item name="number" label={words.number} extra={refused.hint("number", t("numbers.numberHint"))} rules={[{ required: true, whitespace: true, message: t("numberMissing") }]} validateTrigger="onSubmit">
          <Input data-first autoComplete="off" maxLength={64} />
        </Form.Item>
        <Form.Item name="match" label={words.match}>
          <Radio.Group optionType="button" options={(["number", "prefix"] as const).map((value) => ({ value, label: t(`numbers.matches.${value}`) }))} />
        </Form.Item>
      </div>
      <Form.Item name="name" label={words.name} extra={refused.hint("name", "")} rules={[{ required: true, whitespace: true, message: t("nameMissing") }]} validateTrigger="onSubmit">
        <Input autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item name="act" label={words.act} extra={refused.hint("act", act === "trunk" ? t("numbers.trunkHint") : "")}>
        <Select options={ACTS.map((value) => ({ value, label: t(`numbers.acts.${value}`) }))} />
      </Form.Item>
      <Target act={act} words={words} hint={refused.hint} />
      <Form.Item name="centre_id" label={words.centre_id} extra={refused.hint("centre_id", "")} rules={[{ required: true, message: t("centreMissing") }]} validateTrigger="onSubmit">
        <CentrePicker />
      </Form.Item>
      <Form.Item name="disabled" valuePropName="checked">
        <Checkbox>{words.disabled}</Checkbox>
      </Form.Item>
      <Form.Item name="note" label={words.note} extra={refused.hint("note", "")}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={1000} />
      </Form.Item>
    </Form>
  );
}

interface TargetProps {
  act: Values["act"];
  words: Record<"prompt_id" | "repeat" | "phone_id" | "group_id" | "cause" | "queue" | "flow", string>;
  hint: (name: "prompt_id" | "phone_id" | "group_id" | "cause" | "queue" | "flow", text: string) => React.ReactNode;
}

/** Where the call goes, by what happens. */
function Target({ act, words, hint }: TargetProps) {
  const { t } = useTranslation("voice");
  const prompts = useQuery({ ...promptsQuery(), enabled: act === "prompt" });
  const phones = useInfiniteQuery({ ...phonesQuery({}), enabled: act === "phone" });
  const groups = useQuery({ ...groupsQuery(), enabled: act === "trunk" });
  const find = { showSearch: { optionFilterProp: "label" }, placeholder: t("numbers.choose") } as const;
  // Nothing chosen shows what to do, not an empty field.
  const chosen = { getValueProps: (value: string | undefined) => ({ value: value === "" ? undefined : value }) };
  switch (act) {
    case "prompt":
      return (
        <>
          <Form.Item {...chosen} name="prompt_id" label={words.prompt_id} extra={hint("prompt_id", "")}>
            <Select {...find} loading={prompts.isPending} options={prompts.data?.map((prompt) => ({ value: prompt.id, label: prompt.name }))} />
          </Form.Item>
          <Form.Item name="repeat" valuePropName="checked">
            <Checkbox>{words.repeat}</Checkbox>
          </Form.Item>
        </>
      );
    case "phone":
      return (
        <Form.Item {...chosen} name="phone_id" label={words.phone_id} extra={hint("phone_id", "")}>
          <Select
            {...find}
            loading={phones.isPending}
            onPopupScroll={() => {
              if (phones.hasNextPage && !phones.isFetchingNextPage) void phones.fetchNextPage();
            }}
            options={phones.data?.pages.flatMap((page) => page.items).map((phone) => ({ value: phone.id, label: `${phone.number} ${phone.display_name}` }))}
          />
        </Form.Item>
      );
    case "trunk":
      return (
        <Form.Item {...chosen} name="group_id" label={words.group_id} extra={hint("group_id", "")}>
          <Select {...find} loading={groups.isPending} options={groups.data?.items.map((group) => ({ value: group.id, label: `${group.code} · ${group.name}` }))} />
        </Form.Item>
      );
    case "reject":
      return (
        <Form.Item {...chosen} name="cause" label={words.cause} extra={hint("cause", "")}>
          <Select placeholder={t("numbers.choose")} options={CAUSES.map((value) => ({ value, label: t(`reasons.${value}`) }))} />
        </Form.Item>
      );
    case "queue":
    case "flow":
      return <QueueAndFlow through={act === "flow"} words={words} hint={hint} />;
    case "echo":
      return null;
  }
}

/** The queue of a number, and the flow that stands before it. */
function QueueAndFlow({ through, words, hint }: { through: boolean } & Pick<TargetProps, "words" | "hint">) {
  const { t } = useTranslation("voice");
  const language = useLanguage();
  const targets = useQuery(targetsQuery());
  const flow = Form.useWatch<string | undefined>("flow");
  const named = targets.data?.flows.find(({ name }) => name === flow);
  const find = { showSearch: { optionFilterProp: "label" }, placeholder: t("numbers.choose"), loading: targets.isPending } as const;
  const chosen = { getValueProps: (value: string | undefined) => ({ value: value === "" ? undefined : value }) };
  return (
    <>
      {through ? (
        <Form.Item {...chosen} name="flow" label={words.flow} extra={hint("flow", "")}>
          <Select {...find} options={targets.data?.flows.map(({ name, zh, en }) => ({ value: name, label: language === "en" ? en : zh }))} />
        </Form.Item>
      ) : null}
      {!through || named?.needs_queue === true ? (
        <Form.Item {...chosen} name="queue" label={words.queue} extra={hint("queue", "")}>
          <Select {...find} options={targets.data?.queues.map(({ code, name }) => ({ value: code, label: `${code} · ${name}` }))} />
        </Form.Item>
      ) : null}
    </>
  );
}
