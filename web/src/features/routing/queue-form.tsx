import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Form, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError } from "@/lib/api/error";
import { differences } from "@/lib/differences";
import { randomUUID } from "@/lib/uuid";
import { CHANNELS, NO_AGENTS, queueQuery, queuesKey, queuesQuery, useSaveQueue, WRAP_UPS, type Need, type Overflow, type QueueBody, type QueueDetail } from "./api/queues";
import { skillsQuery } from "./api/skills";
import styles from "./routing.module.css";

type Step = Omit<Overflow, "needs" | "queue_id"> & { needs: Need[]; queue_id: string };
type Values = Omit<QueueBody, "needs" | "overflow"> & { needs: Need[]; overflow: Step[] };

const FIELDS = [
  "code", "name", "centre_id", "channel", "needs", "priority", "ring_s", "wrap_up", "wrap_up_s", "overflow", "max_waiting", "max_wait_s", "no_agents", "target_s",
  "announce_number", "music", "position", "closed", "note",
] as const satisfies readonly (keyof Values)[];

const EMPTY: Values = {
  code: "", name: "", centre_id: "", channel: "voice", needs: [], priority: 0, ring_s: 20, wrap_up: "timed", wrap_up_s: 30, overflow: [], max_waiting: 0, max_wait_s: 0,
  no_agents: "wait", target_s: 20, announce_number: true, music: true, position: true, closed: false, note: "",
};

function valuesOf(entry: QueueDetail): Values {
  const body = Object.fromEntries(FIELDS.map((field) => [field, entry[field]])) as unknown as Values;
  return { ...body, overflow: entry.overflow.map((step) => ({ ...step, queue_id: step.queue_id ?? "" })) };
}

function bodyOf(values: Values): QueueBody {
  return {
    ...values,
    overflow: values.overflow.map((step) => ({ ...step, queue_id: step.queue_id ? step.queue_id : undefined })),
  };
}

interface Props {
  id: string;
  entry?: QueueDetail;
  onBusy: (busy: boolean) => void;
  onSaved: (id: string) => void;
}

/** Makes or changes a queue. */
export function QueueForm({ id, entry, onBusy, onSaved }: Props) {
  const { t } = useTranslation("routing");
  const [form] = Form.useForm<Values>();
  const client = useQueryClient();
  const [idempotencyKey] = useState(randomUUID);
  const [base, setBase] = useState(entry);
  const [theirs, setTheirs] = useState<QueueDetail>();
  const [conflict, setConflict] = useState<unknown>(null);
  const refused = useFormProblem<Values>(form, FIELDS);
  const save = useSaveQueue(idempotencyKey);
  const wrapUp = (Form.useWatch("wrap_up", form) as Values["wrap_up"] | undefined) ?? base?.wrap_up ?? EMPTY.wrap_up;
  const words: Record<(typeof FIELDS)[number], string> = {
    code: t("queues.code"), name: t("name"), centre_id: t("centre"), channel: t("queues.channel"), needs: t("queues.needs"), priority: t("queues.priority"), ring_s: t("queues.ring"),
    wrap_up: t("queues.wrapUp"), wrap_up_s: t("queues.wrapUpFor"), overflow: t("queues.overflow"), max_waiting: t("queues.maxWaiting"), max_wait_s: t("queues.maxWait"),
    no_agents: t("queues.noAgents"), target_s: t("queues.target"), announce_number: t("queues.announce"), music: t("queues.music"), position: t("queues.position"),
    closed: t("queues.closed"), note: t("note"),
  };
  const submit = async (on = base) => {
    onBusy(true);
    refused.clear();
    setConflict(null);
    try {
      onSaved((await save.mutateAsync({ body: bodyOf({ ...EMPTY, ...(form.getFieldsValue(true) as Partial<Values>) }), on })).id);
    } catch (error) {
      if (on && asApiError(error).code === "routing.changed_meanwhile") {
        setConflict(error);
        setTheirs(await client.query({ ...queueQuery(on.id), staleTime: 0 }));
      } else refused.report(error);
    } finally {
      onBusy(false);
    }
  };
  const missing = (message: string) => [{ required: true, whitespace: true, message }];
  const number = (name: "priority" | "ring_s" | "wrap_up_s" | "max_waiting" | "max_wait_s" | "target_s", least: number, most: number, hint = "") => (
    <Form.Item name={name} label={words[name]} extra={refused.hint(name, hint)}>
      <InputNumber min={least} max={most} precision={0} style={{ width: "100%" }} />
    </Form.Item>
  );
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
              void client.invalidateQueries({ queryKey: queuesKey });
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
        <Form.Item name="code" label={words.code} extra={refused.hint("code", t("queues.codeHint"))} rules={missing(t("queues.codeMissing"))} validateTrigger="onSubmit">
          <Input data-first autoComplete="off" maxLength={64} />
        </Form.Item>
        <Form.Item name="name" label={words.name} extra={refused.hint("name", "")} rules={missing(t("nameMissing"))} validateTrigger="onSubmit">
          <Input autoComplete="off" maxLength={100} />
        </Form.Item>
        <Form.Item name="centre_id" label={words.centre_id} extra={refused.hint("centre_id", t("queues.centreHint"))} rules={[{ required: true, message: t("centreMissing") }]} validateTrigger="onSubmit">
          <CentrePicker />
        </Form.Item>
        <Form.Item name="channel" label={words.channel} extra={refused.hint("channel", "")}>
          <Select options={CHANNELS.map((value) => ({ value, label: t(`queues.channels.${value}`) }))} />
        </Form.Item>
      </div>
      <Form.Item label={words.needs} extra={refused.hint("needs", t("queues.needsHint"))}>
        <Needs name={["needs"]} />
      </Form.Item>
      <div className={styles["pair"]}>
        {number("priority", 0, 99, t("queues.priorityHint"))}
        {number("target_s", 1, 3600)}
        {number("ring_s", 3, 300)}
        <Form.Item name="no_agents" label={words.no_agents} extra={refused.hint("no_agents", "")}>
          <Select options={NO_AGENTS.map((value) => ({ value, label: t(`queues.noAgentsWays.${value}`) }))} />
        </Form.Item>
        <Form.Item name="wrap_up" label={words.wrap_up} extra={refused.hint("wrap_up", "")}>
          <Select options={WRAP_UPS.map((value) => ({ value, label: t(`queues.wrapUps.${value}`) }))} />
        </Form.Item>
        {wrapUp === "timed" || wrapUp === "optional" ? number("wrap_up_s", 0, 3600) : <span />}
        {number("max_waiting", 0, 100_000, t("queues.zeroIsNone"))}
        {number("max_wait_s", 0, 86_400, t("queues.zeroIsNone"))}
      </div>
      <Form.Item label={words.overflow} extra={refused.hint("overflow", t("queues.overflowHint"))}>
        <Steps self={base?.id} />
      </Form.Item>
      {(["announce_number", "music", "position", "closed"] as const).map((name) => (
        <Form.Item key={name} name={name} valuePropName="checked" noStyle>
          <Checkbox>{words[name]}</Checkbox>
        </Form.Item>
      ))}
      <Form.Item name="note" label={words.note} extra={refused.hint("note", "")} style={{ marginTop: 16 }}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={1000} />
      </Form.Item>
    </Form>
  );
}

/** Skills with their least levels. */
function Needs({ name }: { name: (string | number)[] }) {
  const { t } = useTranslation("routing");
  const skills = useQuery(skillsQuery());
  return (
    <Form.List name={name}>
      {(fields, { add, remove }) => (
        <div className={styles["steps"]}>
          {fields.map(({ key, name: at }) => (
            <div key={key} className={styles["line"]}>
              <Form.Item name={[at, "skill_id"]} noStyle rules={[{ required: true, message: t("queues.skillMissing") }]}>
                <Select
                  showSearch={{ optionFilterProp: "label" }}
                  loading={skills.isPending}
                  aria-label={t("queues.skill")}
                  placeholder={t("queues.skill")}
                  style={{ minWidth: 180 }}
                  options={skills.data?.map((skill) => ({ value: skill.id, label: `${skill.code} ${skill.name}` }))}
                />
              </Form.Item>
              <Form.Item name={[at, "level"]} noStyle>
                <InputNumber min={1} max={9} precision={0} prefix={t("queues.level")} aria-label={t("queues.level")} style={{ width: 140 }} />
              </Form.Item>
              <Button
                type="text"
                size="small"
                onClick={() => {
                  remove(at);
                }}
              >
                {t("remove")}
              </Button>
            </div>
          ))}
          <div>
            <Button
              size="small"
              onClick={() => {
                add({ level: 1 });
              }}
            >
              {t("queues.addSkill")}
            </Button>
          </div>
        </div>
      )}
    </Form.List>
  );
}

/** What happens to those who have waited for a while. */
function Steps({ self }: { self: string | undefined }) {
  const { t } = useTranslation("routing");
  const queues = useInfiniteQuery(queuesQuery({}));
  const others = queues.data?.pages.flatMap((page) => page.items).filter((queue) => queue.id !== self);
  return (
    <Form.List name="overflow">
      {(fields, { add, remove }) => (
        <div className={styles["steps"]}>
          {fields.map(({ key, name: at }) => (
            <div key={key} className={styles["step"]}>
              <Form.Item name={[at, "after_s"]} noStyle>
                <InputNumber min={1} max={86_400} precision={0} prefix={t("queues.afterWord")} suffix={t("queues.secondsWord")} aria-label={t("queues.afterWord")} style={{ width: 160 }} />
              </Form.Item>
              <Form.Item name={[at, "priority"]} noStyle>
                <InputNumber min={-99} max={99} precision={0} prefix={t("queues.raiseWord")} aria-label={t("queues.raiseWord")} style={{ width: 160 }} />
              </Form.Item>
              <Form.Item name={[at, "queue_id"]} noStyle getValueProps={(value: string | undefined) => ({ value: value === "" ? undefined : value })}>
                <Select
                  allowClear
                  showSearch={{ optionFilterProp: "label" }}
                  aria-label={t("queues.moveTo")}
                  placeholder={t("queues.moveTo")}
                  style={{ minWidth: 180 }}
                  options={others?.map((queue) => ({ value: queue.id, label: `${queue.code} ${queue.name}` }))}
                />
              </Form.Item>
              <Form.Item name={[at, "relax"]} valuePropName="checked" noStyle>
                <Checkbox>{t("queues.relax")}</Checkbox>
              </Form.Item>
              <Button
                type="text"
                size="small"
                onClick={() => {
                  remove(at);
                }}
              >
                {t("remove")}
              </Button>
              <Form.Item noStyle shouldUpdate>
                {({ getFieldValue }) => (getFieldValue(["overflow", at, "relax"]) === true ? <Needs name={[at, "needs"]} /> : null)}
              </Form.Item>
            </div>
          ))}
          <div>
            <Button
              size="small"
              onClick={() => {
                add({ after_s: 60, priority: 0, relax: false, needs: [], queue_id: "" });
              }}
            >
              {t("queues.addStep")}
            </Button>
          </div>
        </div>
      )}
    </Form.List>
  );
}
