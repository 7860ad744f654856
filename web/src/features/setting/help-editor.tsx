import { useQuery, useQueryClient } from "@tanstack/react-query";
import { AutoComplete, Button, Drawer, Form, Input, Radio } from "antd";
import i18next from "i18next";
import { useDeferredValue, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConflictNote } from "@/components/conflict-note";
import { ErrorNote } from "@/components/error-note";
import { focusFirst } from "@/components/focus-first";
import { TimeText } from "@/components/time-text";
import { useFormProblem } from "@/components/use-form-problem";
import { asApiError } from "@/lib/api/error";
import { differences } from "@/lib/differences";
import { helpHistoryQuery, helpTextsQuery, previewQuery, useWriteHelp, type HelpText } from "./api/help";
import styles from "./setting.module.css";

interface Props {
  /** The text as this person saw it; a new one without. */
  text: HelpText | null;
  centre: string;
  onClose: () => void;
  onSaved: () => void;
}

interface Values {
  key: string;
  lang: HelpText["lang"];
  body: string;
  reason: string;
}

/** The places that have built-in help, for completion: pages.organization.staff is organization.staff. */
function knownPlaces(language: string): string[] {
  const places: string[] = [];
  const walk = (value: unknown, path: string) => {
    if (typeof value === "string" || (typeof value === "object" && value !== null && "what" in value)) places.push(path);
    else if (typeof value === "object" && value !== null) for (const [name, inner] of Object.entries(value)) walk(inner, path === "" ? name : `${path}.${name}`);
  };
  walk(i18next.getResource(language, "help", "pages"), "");
  walk(i18next.getResource(language, "help", "fields"), "");
  return [...new Set(places)].sort();
}

/** Writes what a centre adds to the help of one place, with a preview that the server renders. */
export function HelpEditor({ text, centre, onClose, onSaved }: Props) {
  const { t, i18n } = useTranslation(["setting", "common", "help"]);
  const [form] = Form.useForm<Values>();
  const formId = useId();
  const client = useQueryClient();
  const [base, setBase] = useState(text);
  const [theirs, setTheirs] = useState<HelpText>();
  const [conflict, setConflict] = useState<unknown>(null);
  const refused = useFormProblem<Values>(form, ["body", "lang", "reason"]);
  const write = useWriteHelp();
  // Not there yet in the first render.
  const typed = Form.useWatch("body", form) as string | undefined;
  const body = useDeferredValue(typed ?? text?.body ?? "");
  const preview = useQuery({ ...previewQuery(body), enabled: body.trim() !== "", placeholderData: (before) => before });
  const initial: Values = { key: text?.key ?? "", lang: text?.lang ?? "zh-CN", body: text?.body ?? "", reason: "" };

  const submit = async (version: number) => {
    const values = { ...initial, ...form.getFieldsValue() };
    refused.clear();
    setConflict(null);
    try {
      await write.mutateAsync({ ...values, key: values.key.trim(), centre_id: base?.centre.id ?? centre, version });
      onSaved();
    } catch (error) {
      if (asApiError(error).code === "setting.changed_meanwhile") {
        setConflict(error);
        const list = await client.query({ ...helpTextsQuery(centre), staleTime: 0 });
        setTheirs(list.find((entry) => entry.key === values.key && entry.lang === values.lang));
      } else refused.report(error);
    }
  };

  return (
    <Drawer
      open
      size={860}
      title={text ? t("setting:editHelp", { key: text.key }) : t("setting:addHelp")}
      onClose={onClose}
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={write.isPending}>
            {t("setting:save")}
          </Button>
        </div>
      }
    >
      {conflict ? (
        <ConflictNote
          error={conflict}
          differences={theirs && differences({ body }, { body: theirs.body }, ["body"])}
          nameOf={() => t("setting:text")}
          onTakeTheirs={() => {
            if (!theirs) return;
            setBase(theirs);
            setConflict(null);
            form.setFieldsValue({ body: theirs.body });
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
      <Form<Values> id={formId} form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={() => void submit(base?.version ?? 0)}>
        {text ? null : (
          <Form.Item name="key" label={t("setting:helpKey")} extra={t("setting:helpKeyHint")} rules={[{ required: true, pattern: /^\s*[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*\s*$/, message: t("setting:helpKeyHint") }]}>
            <AutoComplete
              options={knownPlaces(i18n.language).map((value) => ({ value }))}
              showSearch={{ filterOption: (input, option) => option?.value.includes(input.toLowerCase()) ?? false }}
            />
          </Form.Item>
        )}
        <Form.Item name="lang" label={t("setting:language")} extra={refused.hint("lang", "")}>
          <Radio.Group
            disabled={text !== null}
            options={[
              { value: "zh-CN", label: t("setting:languages.zh-CN") },
              { value: "en", label: t("setting:languages.en") },
            ]}
          />
        </Form.Item>
        <div className={styles["editor"]}>
          <Form.Item name="body" label={t("setting:text")} extra={refused.hint("body", t("setting:markdownHint"))}>
            <Input.TextArea autoSize={{ minRows: 10, maxRows: 24 }} maxLength={20_000} />
          </Form.Item>
          <div>
            <div className={styles["muted"]}>{t("setting:preview")}</div>
            {preview.error ? <ErrorNote what={t("setting:previewFailed")} error={preview.error} /> : null}
            {/* The server has taken out everything that runs or loads; see the package markdown. */}
            <div className={styles["preview"]} dangerouslySetInnerHTML={{ __html: body.trim() === "" ? "" : (preview.data ?? "") }} />
          </div>
        </div>
        <Form.Item name="reason" label={t("setting:reasonOptional")} extra={refused.hint("reason", "")}>
          <Input maxLength={1000} />
        </Form.Item>
      </Form>
      {text ? <HelpHistory text={text} onTake={(old) => { form.setFieldsValue({ body: old }); }} /> : null}
    </Drawer>
  );
}

function HelpHistory({ text, onTake }: { text: HelpText; onTake: (body: string) => void }) {
  const { t } = useTranslation("setting");
  const { data } = useQuery(helpHistoryQuery(text));
  return (
    <section className={styles["section"]}>
      <h3>{t("history")}</h3>
      <ol className={styles["versions"]}>
        {data?.map((version) => (
          <li key={version.version}>
            <strong>{t("version", { version: version.version })}</strong> {version.body === "" ? t("takenAway") : version.body.slice(0, 80)}
            <small>
              {version.by} · <TimeText value={version.at} full /> {version.reason}
            </small>
            {version.version === text.version ? null : (
              <Button
                size="small"
                onClick={() => {
                  onTake(version.body);
                }}
              >
                {t("takeText")}
              </Button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
