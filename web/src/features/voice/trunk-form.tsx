import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Form, Input, InputNumber, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError } from "@/lib/api/error";
import { differences } from "@/lib/differences";
import { randomUUID } from "@/lib/uuid";
import { groupsQuery, trunkQuery, trunksKey, useSaveTrunk, type TrunkBody, type TrunkDetail } from "./api/trunks";
import styles from "./voice.module.css";

interface Values extends Omit<TrunkBody, "hosts" | "password"> {
  /** One per line. */
  hosts: string;
  password: string;
  drop: boolean;
}

const FIELDS = [
  "name", "group_id", "hosts", "transport", "username", "password", "register", "priority", "weight", "max_calls", "codecs", "inband_dtmf", "quiet", "caller_header",
  "disabled", "note",
] as const satisfies readonly (keyof Values)[];

/** What two versions may differ in; a password is never shown. */
const COMPARED = FIELDS.filter((field) => field !== "password");

const EMPTY: Values = {
  name: "", group_id: "", hosts: "", transport: "udp", username: "", password: "", drop: false, register: false, priority: 10, weight: 10, max_calls: 0,
  codecs: ["PCMA"], inband_dtmf: false, quiet: false, caller_header: "pai", disabled: false, note: "",
};

function valuesOf(entry: TrunkDetail): Values {
  return {
    name: entry.name, group_id: entry.group_id, hosts: entry.hosts.join("\n"), transport: entry.transport, username: entry.username, password: "", drop: false,
    register: entry.register, priority: entry.priority, weight: entry.weight, max_calls: entry.max_calls, codecs: [...entry.codecs],
    inband_dtmf: entry.inband_dtmf, quiet: entry.quiet, caller_header: entry.caller_header, disabled: entry.disabled, note: entry.note,
  };
}

function bodyOf({ hosts, password, drop, ...values }: Values): TrunkBody {
  return {
    ...values,
    hosts: hosts.split(/[\s,，;；]+/).filter((host) => host !== ""),
    password: password !== "" ? password : drop ? "" : undefined,
  };
}

interface Props {
  id: string;
  /** The trunk as this person saw it; a new one without. */
  entry?: TrunkDetail;
  onBusy: (busy: boolean) => void;
  onSaved: (id: string) => void;
}

/** Makes or changes a trunk. */
export function TrunkForm({ id, entry, onBusy, onSaved }: Props) {
  const { t } = useTranslation("voice");
  const [form] = Form.useForm<Values>();
  const client = useQueryClient();
  const groups = useQuery(groupsQuery());
  const [idempotencyKey] = useState(randomUUID);
  const [base, setBase] = useState(entry);
  const [theirs, setTheirs] = useState<TrunkDetail>();
  const [conflict, setConflict] = useState<unknown>(null);
  const refused = useFormProblem<Values>(form, FIELDS);
  const save = useSaveTrunk(idempotencyKey);
  const words: Record<(typeof FIELDS)[number], string> = {
    name: t("name"), group_id: t("trunks.group"), hosts: t("trunks.hosts"), transport: t("trunks.transport"), username: t("trunks.username"),
    password: t("trunks.password"), register: t("trunks.register"), priority: t("trunks.priority"), weight: t("trunks.weight"), max_calls: t("trunks.maxCalls"),
    codecs: t("trunks.codecs"), inband_dtmf: t("trunks.inband"), quiet: t("trunks.quiet"), caller_header: t("trunks.callerFrom"), disabled: t("disabled"), note: t("note"),
  };

  const submit = async (on = base) => {
    onBusy(true);
    refused.clear();
    setConflict(null);
    try {
      onSaved((await save.mutateAsync({ body: bodyOf({ ...EMPTY, ...form.getFieldsValue() }), on })).id);
    } catch (error) {
      if (on && asApiError(error).code === "voice.changed_meanwhile") {
        setConflict(error);
        setTheirs(await client.query({ ...trunkQuery(on.id), staleTime: 0 }));
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
            differences={theirs ? differences({ ...EMPTY, ...form.getFieldsValue() }, valuesOf(theirs), COMPARED) : undefined}
            nameOf={(field) => words[field as (typeof FIELDS)[number]]}
            onTakeTheirs={() => {
              if (!theirs) return;
              setBase(theirs);
              setConflict(null);
              form.setFieldsValue(valuesOf(theirs));
              void client.invalidateQueries({ queryKey: trunksKey });
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
      <Form.Item name="name" label={words.name} extra={refused.hint("name", "")} rules={[{ required: true, whitespace: true, message: t("nameMissing") }]} validateTrigger="onSubmit">
        <Input data-first autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item name="group_id" label={words.group_id} extra={refused.hint("group_id", "")} rules={[{ required: true, message: t("trunks.groupMissing") }]} validateTrigger="onSubmit">
        <Select loading={groups.isPending} options={groups.data?.items.map((group) => ({ value: group.id, label: `${group.code} · ${group.name}` }))} />
      </Form.Item>
      <Form.Item name="hosts" label={words.hosts} extra={refused.hint("hosts", t("trunks.hostsHint"))} rules={[{ required: true, whitespace: true, message: t("trunks.hostsMissing") }]} validateTrigger="onSubmit">
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} spellCheck={false} />
      </Form.Item>
      <div className={styles["pair"]}>
        <Form.Item name="transport" label={words.transport}>
          <Radio.Group optionType="button" options={(["udp", "tcp", "tls"] as const).map((value) => ({ value, label: value.toUpperCase() }))} />
        </Form.Item>
        <Form.Item name="caller_header" label={words.caller_header}>
          <Select options={(["pai", "from", "rpid"] as const).map((value) => ({ value, label: t(`trunks.callerHeaders.${value}`) }))} />
        </Form.Item>
      </div>
      <Credentials base={base} words={words} hint={refused.hint} />
      <div className={styles["pair"]}>
        <Form.Item name="priority" label={words.priority} extra={refused.hint("priority", t("trunks.priorityHint"))}>
          <InputNumber min={1} max={100} precision={0} />
        </Form.Item>
        <Form.Item name="weight" label={words.weight} extra={refused.hint("weight", t("trunks.weightHint"))}>
          <InputNumber min={1} max={100} precision={0} />
        </Form.Item>
        <Form.Item name="max_calls" label={words.max_calls} extra={refused.hint("max_calls", t("trunks.maxCallsHint"))}>
          <InputNumber min={0} max={100000} precision={0} />
        </Form.Item>
        <Form.Item name="codecs" label={words.codecs} extra={refused.hint("codecs", t("trunks.codecsHint"))}>
          <Select mode="multiple" options={["PCMA", "PCMU"].map((value) => ({ value, label: value }))} />
        </Form.Item>
      </div>
      <Form.Item name="inband_dtmf" valuePropName="checked" extra={t("trunks.inbandHint")}>
        <Checkbox>{words.inband_dtmf}</Checkbox>
      </Form.Item>
      <Form.Item name="quiet" valuePropName="checked" extra={t("trunks.quietHint")}>
        <Checkbox>{words.quiet}</Checkbox>
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

interface CredentialProps {
  base?: TrunkDetail;
  words: { username: string; password: string; register: string };
  hint: (name: "username" | "password" | "register", text: string) => React.ReactNode;
}

/** User and password of a trunk; the password that is there is never shown. */
function Credentials({ base, words, hint }: CredentialProps) {
  const { t } = useTranslation("voice");
  return (
    <>
      <div className={styles["pair"]}>
        <Form.Item name="username" label={words.username} extra={hint("username", "")}>
          <Input autoComplete="off" maxLength={128} />
        </Form.Item>
        <Form.Item name="password" label={words.password} extra={hint("password", base?.has_password ? t("trunks.passwordSet") : "")}>
          <Input.Password autoComplete="new-password" maxLength={128} />
        </Form.Item>
      </div>
      {base?.has_password ? (
        <Form.Item name="drop" valuePropName="checked">
          <Checkbox>{t("trunks.passwordDrop")}</Checkbox>
        </Form.Item>
      ) : null}
      <Form.Item name="register" valuePropName="checked" extra={t("trunks.registerHint")}>
        <Checkbox>{words.register}</Checkbox>
      </Form.Item>
    </>
  );
}
