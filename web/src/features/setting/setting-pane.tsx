import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { ReasonDialog } from "@/components/reason-dialog";
import { SidePane } from "@/components/side-pane";
import { StatusWord, ToneIcon, type Tone } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { chainQuery, historyQuery, useRollBackSetting, type Setting, type SettingVersion } from "./api/settings";
import styles from "./setting.module.css";
import { useSettingWords } from "./use-setting-words";

interface Props {
  setting: Setting;
  /** Whether this person may change it here. */
  editable: boolean;
  onEdit: () => void;
  onClose: () => void;
  onSaved: (request: string | null) => void;
}

/** One setting: what holds and why, where it comes from, and its history. */
export function SettingPane({ setting, editable, onEdit, onClose, onSaved }: Props) {
  const { t } = useTranslation("setting");
  const { titleOf, helpOf, valueOf, lockOf, sourceOf } = useSettingWords();
  const closed = setting.fixed !== null;
  const actions = editable ? (
    <Button size="small" type="primary" disabled={closed || setting.pending !== null} onClick={onEdit}>
      {t("edit")}
    </Button>
  ) : null;
  return (
    <SidePane title={titleOf(setting)} label={t("details")} onClose={onClose} actions={actions}>
      <p className={styles["effective"]}>
        {valueOf(setting, setting.effective)} <Tag>{sourceOf(setting).word}</Tag>
      </p>
      {setting.verdict === "yielded" ? <Note tone="warning">{t("yielded", { centre: setting.floor?.name ?? "", value: valueOf(setting, setting.own) })}</Note> : null}
      {setting.verdict === "ignored" ? <Note tone="warning">{t("ignored", { centre: setting.fixed?.name ?? "", value: valueOf(setting, setting.own) })}</Note> : null}
      {closed && setting.own === null ? <Note tone="info">{t("fixedBy", { centre: setting.fixed?.name ?? "" })}</Note> : null}
      {setting.pending ? (
        <div className={styles["pending"]}>
          <StatusWord tone="info">{t("pendingTitle", { value: valueOf(setting, setting.pending.value) })}</StatusWord>
          <p>
            {setting.pending.by} · <TimeText value={setting.pending.asked_at} /> · {setting.pending.reason}
          </p>
          <a href={`/approvals?open=${setting.pending.request_id}`}>{t("openRequest")}</a>
        </div>
      ) : null}
      <p className={styles["help"]}>{helpOf(setting)}</p>
      <DetailsList
        items={[
          { name: t("key"), value: <code>{setting.key}</code> },
          { name: t("ownValue"), value: valueOf(setting, setting.own) },
          { name: t("lockBelow"), value: setting.own === null ? "" : lockOf(setting.own_lock) },
          { name: t("floor"), value: setting.floor ? t("floorOf", { centre: setting.floor.name, value: valueOf(setting, setting.floor_value) }) : "" },
          { name: t("default"), value: valueOf(setting, setting.default) },
          { name: t("limits"), value: setting.min === null && setting.max === null ? "" : `${setting.min === null ? "" : valueOf(setting, setting.min)} – ${setting.max === null ? "" : valueOf(setting, setting.max)}` },
          { name: t("approval"), value: setting.important ? t("needsApproval") : t("atOnce") },
        ]}
      />
      <Chain setting={setting} />
      <History setting={setting} editable={editable && !closed && setting.pending === null} onSaved={onSaved} />
    </SidePane>
  );
}

function Note({ tone, children }: { tone: Tone; children: string }) {
  return (
    <p className={styles["note"]}>
      <ToneIcon tone={tone} /> {children}
    </p>
  );
}

/** Where the value comes from: the default, then each centre down to this one. */
function Chain({ setting }: { setting: Setting }) {
  const { t } = useTranslation("setting");
  const { valueOf, lockOf } = useSettingWords();
  const { data, error, refetch } = useQuery(chainQuery(setting.key, setting.centre.id));
  return (
    <section className={styles["section"]}>
      <h3>{t("whereFrom")}</h3>
      {error ? <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} /> : null}
      {data === undefined && !error ? <Skeleton active title={false} paragraph={{ rows: 3 }} /> : null}
      {data ? (
        <ol className={styles["chain"]}>
          <li>
            <span>{t("sources.default")}</span>
            <strong>{valueOf(setting, setting.default)}</strong>
          </li>
          {data.map((link) => (
            <li key={link.centre.id} data-counts={link.verdict === "applied" || undefined}>
              <span>{link.centre.name}</span>
              <strong>{link.own === null ? t("saysNothing") : valueOf(setting, link.own)}</strong>
              {link.own !== null && link.lock !== "" ? <Tag>{lockOf(link.lock)}</Tag> : null}
              {link.verdict === "yielded" || link.verdict === "ignored" ? (
                <em>{t(link.verdict === "yielded" ? "linkYielded" : "linkIgnored", { centre: link.bound?.name ?? "", value: valueOf(setting, link.effective) })}</em>
              ) : null}
              {link.at ? (
                <small>
                  {link.by} · <TimeText value={link.at} /> · {link.reason}
                </small>
              ) : null}
            </li>
          ))}
        </ol>
      ) : null}
    </section>
  );
}

function History({ setting, editable, onSaved }: { setting: Setting; editable: boolean; onSaved: (request: string | null) => void }) {
  const { t } = useTranslation("setting");
  const { valueOf, lockOf, titleOf } = useSettingWords();
  const { data, error, refetch } = useQuery(historyQuery(setting.key, setting.centre.id));
  const back = useRollBackSetting(setting.key, setting.centre.id);
  const [restoring, setRestoring] = useState<SettingVersion | null>(null);
  const words = (value: unknown, lock: SettingVersion["new_lock"]) => valueOf(setting, value) + (lock === "" ? "" : ` (${lockOf(lock)})`);
  return (
    <section className={styles["section"]}>
      <h3>{t("history")}</h3>
      {error ? <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} /> : null}
      {data?.length === 0 ? <p className={styles["muted"]}>{t("noHistory")}</p> : null}
      <ol className={styles["versions"]}>
        {data?.map((version) => (
          <li key={version.version}>
            <div>
              <strong>{t("version", { version: version.version })}</strong> {words(version.old, version.old_lock)} → {words(version.new, version.new_lock)}
              {version.rolled_back === null ? null : <Tag>{t("rolledBack", { version: version.rolled_back })}</Tag>}
            </div>
            <small>
              {version.by} · <TimeText value={version.at} full /> · {version.reason}
              {version.asked_by === "" ? "" : ` · ${t("askedBy", { name: version.asked_by })}`}
            </small>
            {editable && version.version !== setting.version ? (
              <Button
                size="small"
                onClick={() => {
                  setRestoring(version);
                }}
              >
                {t("rollBack")}
              </Button>
            ) : null}
          </li>
        ))}
      </ol>
      <ReasonDialog
        open={restoring !== null}
        title={t("rollBackTitle", { title: titleOf(setting), version: restoring?.version ?? 0 })}
        confirmLabel={t("rollBack")}
        consequence={t(setting.important ? "rollBackAsk" : "rollBackNow", { value: restoring ? words(restoring.new, restoring.new_lock) : "" })}
        onConfirm={async (reason) => {
          if (restoring) onSaved(await back.mutateAsync({ to: restoring.version, version: setting.version, reason }));
        }}
        onClose={() => {
          setRestoring(null);
        }}
      />
    </section>
  );
}
