import { Button, Input, Tooltip } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { Kbd } from "@/components/kbd";
import { StatusWord, type Tone } from "@/components/status-word";
import { duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/use-now";
import { asApiError } from "@/lib/api/error";
import { errorText } from "@/lib/i18n/error-text";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { useCommand, type MyAgent } from "./api/agent";
import { skew, until } from "./clock";
import { DispositionBox } from "./disposition-box";
import type { Stored } from "./draft";
import { useWork, type Saving, type WorkState } from "./use-work";
import styles from "./desk.module.css";

const MOST_LETTERS = 4000;
const TONES: Record<Saving, Tone> = { saved: "ok", typing: "idle", saving: "idle", waiting: "warning", conflict: "warning", refused: "fault" };

interface Props {
  account: string;
  contact: string;
  /** The agent, while this is the contact of now; otherwise it is written up later. */
  agent?: MyAgent;
  wrapUp: boolean;
}

/** What the agent says of a contact. Mounted anew for each contact. */
export function WorkPane({ account, contact, agent, wrapUp }: Props) {
  const { t } = useTranslation("desk");
  const work = useWork(account, contact);
  const note = useRef<{ focus: () => void }>(null);
  useShortcut({ id: "desk.note", keys: "F9", label: t("act.note"), group: "page", run: () => { note.current?.focus(); } });
  if (work.error !== null) return <ErrorNote what={t("work.failed")} error={work.error} />;
  return (
    <div className={styles["work"]}>
      <DispositionBox codes={work.codes} onChange={work.setCodes} />
      <section className={styles["box"]} aria-label={t("note.title")}>
        <div className={styles["boxHead"]}>
          <h2>{t("note.title")}</h2>
          <Kbd keys="F9" />
          <SavingWord work={work} />
        </div>
        <Input.TextArea
          ref={(area) => { note.current = area === null ? null : { focus: () => { area.focus({ cursor: "end" }); } }; }}
          className={styles["note"]}
          aria-label={t("note.title")}
          value={work.note}
          maxLength={MOST_LETTERS}
          placeholder={t("note.placeholder")}
          onChange={(event) => { work.setNote(event.target.value); }}
        />
        {work.saving === "conflict" && work.theirs !== undefined ? <Conflict theirs={work.theirs} work={work} /> : null}
      </section>
      {agent !== undefined && wrapUp ? <WrapUp agent={agent} work={work} /> : null}
    </div>
  );
}

/** Whether what was typed is stored for good. */
function SavingWord({ work }: { work: WorkState }) {
  const { t } = useTranslation("desk");
  const why = work.saving === "refused" ? errorText(asApiError(work.problem).code, asApiError(work.problem).detail) : null;
  return (
    <span className={styles["saving"]} role="status" aria-label={t("saving.label")}>
      <StatusWord tone={TONES[work.saving]}>{t(`saving.${work.saving}`)}</StatusWord>
      {why === null ? null : <span>{why}</span>}
    </span>
  );
}

function Conflict({ theirs, work }: { theirs: Stored; work: WorkState }) {
  const { t } = useTranslation("desk");
  return (
    <div role="alert" className={styles["conflict"]}>
      <strong>{t("conflict.title")}</strong>
      <dl>
        <dt>{t("conflict.theirs")}</dt>
        <dd>
          {theirs.codes.join(", ")} {theirs.note === "" ? "—" : theirs.note}
        </dd>
        <dt>{t("conflict.mine")}</dt>
        <dd>
          {work.codes.join(", ")} {work.note === "" ? "—" : work.note}
        </dd>
      </dl>
      <Button size="small" onClick={work.takeTheirs}>{t("conflict.takeTheirs")}</Button>{" "}
      <Button size="small" type="primary" onClick={work.keepMine}>{t("conflict.keepMine")}</Button>
    </div>
  );
}

/** The end of the work after a contact, and how much time is left for it. */
function WrapUp({ agent, work }: { agent: MyAgent; work: WorkState }) {
  const { t } = useTranslation("desk");
  const command = useCommand();
  const now = useNow(1_000);
  const left = agent.until === undefined ? undefined : until(agent.until, skew.now(now.getTime()));
  const end = () => {
    if (command.isPending) return;
    // What is typed is acknowledged first; what the server does not take now stays in this browser and is sent on.
    void work.flush().then(() => { command.mutate({ act: "wrap-up", on: false }); });
  };
  useShortcut({ id: "desk.end", keys: "Mod+ENTER", label: t("act.end"), group: "page", run: end });
  const undone = work.codes.length === 0;
  return (
    <footer className={styles["wrapUp"]} aria-label={t("wrapUp.title")} data-soon={(left !== undefined && left <= 10) || undefined}>
      <div role="timer" aria-label={t("wrapUp.left")}>
        {left === undefined ? (
          t("wrapUp.noLimit")
        ) : (
          <>
            {t("wrapUp.left")} <strong className="figures">{duration(left)}</strong>
          </>
        )}
      </div>
      {undone ? <StatusWord tone="warning">{t("wrapUp.undone")}</StatusWord> : null}
      {command.error === null ? null : <ErrorNote what={t("actFailed")} error={command.error} />}
      <Tooltip title={t("wrapUp.endHint")}>
        <Button type="primary" size="large" loading={command.isPending} onClick={end}>
          {t("act.end")} <Kbd keys="Mod+Enter" />
        </Button>
      </Tooltip>
    </footer>
  );
}
