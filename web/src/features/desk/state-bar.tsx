import { BellOutlined, StopOutlined } from "@ant-design/icons";
import { Button, Modal, Tooltip } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { Kbd } from "@/components/kbd";
import { useLanguage } from "@/lib/i18n/hooks";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { allowed, stateOf } from "./agent-state";
import { reasonsQuery, useCommand, type BreakReason, type Command, type MyAgent } from "./api/agent";
import { sound, unlockSound } from "./ring";
import { Running, StateWord } from "./state-word";
import styles from "./desk.module.css";

/** What the agent does now, and what he may do about it. */
export function StateBar({ agent }: { agent: MyAgent }) {
  const { t } = useTranslation(["desk", "common"]);
  const language = useLanguage();
  const command = useCommand();
  const reasons = useQuery(reasonsQuery());
  const [dialog, setDialog] = useState<"break" | "sign-out" | null>(null);
  const [heard, setHeard] = useState(sound.on);
  const may = allowed(agent);
  const state = stateOf(agent);
  const nameOf = (code: string) => {
    const reason = reasons.data?.find((entry) => entry.code === code);
    return reason === undefined ? code : language === "en" && reason.name_en !== "" ? reason.name_en : reason.name;
  };
  const run = (next: Command) => {
    unlockSound();
    command.mutate(next);
  };
  const ready = () => { run({ act: "ready" }); };
  const pause = () => { setDialog("break"); };
  const leave = () => { setDialog("sign-out"); };
  const wish = () => { run({ act: "wrap-up", on: !agent.wrap_up }); };
  const hear = () => {
    sound.set(!heard);
    setHeard(!heard);
    unlockSound();
  };
  useShortcut({ id: "desk.ready", keys: "F2", label: t("act.ready"), group: "page", enabled: may.ready, run: ready });
  useShortcut({ id: "desk.break", keys: "F4", label: t("act.break"), group: "page", enabled: may.break, run: pause });
  useShortcut({ id: "desk.wish", keys: "Mod+B", label: t("act.wish"), group: "page", enabled: may.wish, run: wish });
  useShortcut({ id: "desk.sign-out", keys: "F10", label: t("act.signOut"), group: "page", enabled: may.signOut, run: leave });
  useShortcut({ id: "desk.sound", keys: "m", label: heard ? t("act.mute") : t("act.sound"), group: "page", run: hear });

  const busy = command.isPending;
  return (
    <header className={styles["bar"]} data-state={state}>
      <h1 className="visually-hidden">{t("title")}</h1>
      <div className={styles["now"]} role="status" aria-label={t("stateLabel")}>
        <StateWord state={state} reason={state === "break" ? nameOf(agent.reason) : undefined} />
      </div>
      <Running from={agent.since} label={t("stateTime")} />
      {agent.wanted !== state && ["break", "signed_out"].includes(agent.wanted) ? (
        <span className={styles["then"]}>{agent.wanted === "break" ? t("then.break", { reason: nameOf(agent.reason) }) : t("then.signOut")}</span>
      ) : null}
      {agent.wrap_up && may.wish ? <span className={styles["then"]}>{t("then.wrapUp")}</span> : null}
      <div className={styles["acts"]}>
        <Act name={t("act.ready")} keys="F2" disabled={!may.ready || busy} primary={state === "break" || state === "no_answer"} onRun={ready} />
        <Act name={t("act.break")} keys="F4" disabled={!may.break || busy} onRun={pause} />
        {may.wish ? <Act name={agent.wrap_up ? t("act.noWish") : t("act.wish")} keys="Mod+B" disabled={busy} onRun={wish} /> : null}
        <Act name={t("act.signOut")} keys="F10" disabled={!may.signOut || busy} onRun={leave} />
        <Tooltip title={<Hint name={heard ? t("act.mute") : t("act.sound")} keys="m" />}>
          <Button type="text" aria-label={heard ? t("act.mute") : t("act.sound")} icon={heard ? <BellOutlined aria-hidden /> : <StopOutlined aria-hidden />} onClick={hear} />
        </Tooltip>
      </div>
      <span className={styles["where"]}>
        {t("phone")} <strong className="figures">{agent.phone}</strong> · {agent.number} {agent.name}
      </span>
      {command.error === null ? null : (
        <div className={styles["barError"]}>
          <ErrorNote what={t("actFailed")} error={command.error} onRetry={() => { command.reset(); }} retryLabel={t("close")} />
        </div>
      )}
      {dialog === "break" ? (
        <BreakDialog
          reasons={reasons.data ?? []}
          language={language}
          later={state !== "ready" && state !== "no_answer" && state !== "break"}
          onChoose={(reason) => {
            setDialog(null);
            run({ act: "break", reason });
          }}
          onClose={() => { setDialog(null); }}
        />
      ) : null}
      <Modal
        open={dialog === "sign-out"}
        title={t("signOut.question")}
        okText={t("act.signOut")}
        cancelText={t("common:cancel")}
        onOk={() => {
          setDialog(null);
          run({ act: "sign-out" });
        }}
        onCancel={() => { setDialog(null); }}
      >
        <p>{t("signOut.consequence")}</p>
      </Modal>
    </header>
  );
}

function Hint({ name, keys }: { name: string; keys: string }): ReactNode {
  return (
    <span className={styles["hint"]}>
      {name} <Kbd keys={keys} />
    </span>
  );
}

function Act({ name, keys, disabled, primary = false, onRun }: { name: string; keys: string; disabled: boolean; primary?: boolean; onRun: () => void }) {
  return (
    <Tooltip title={<Hint name={name} keys={keys} />}>
      <Button type={primary ? "primary" : "default"} disabled={disabled} onClick={onRun}>
        {name}
      </Button>
    </Tooltip>
  );
}

interface BreakProps {
  reasons: readonly BreakReason[];
  language: string;
  /** There is a contact: the break begins after it. */
  later: boolean;
  onChoose: (code: string) => void;
  onClose: () => void;
}

/** The reasons, each with a digit. */
function BreakDialog({ reasons, language, later, onChoose, onClose }: BreakProps) {
  const { t } = useTranslation(["desk", "common"]);
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const timer = window.setTimeout(() => first.current?.focus(), 50);
    return () => { window.clearTimeout(timer); };
  }, []);
  return (
    <Modal open title={t("break.title")} footer={null} width={360} onCancel={onClose}>
      {later ? <p>{t("break.later")}</p> : null}
      <div
        className={styles["reasons"]}
        onKeyDown={(event) => {
          const reason = /^[1-9]$/.test(event.key) ? reasons[Number(event.key) - 1] : undefined;
          if (reason !== undefined) onChoose(reason.code);
        }}
      >
        {reasons.map((reason, index) => (
          <Button key={reason.code} ref={index === 0 ? first : undefined} block onClick={() => { onChoose(reason.code); }}>
            <span className={styles["reasonName"]}>{language === "en" && reason.name_en !== "" ? reason.name_en : reason.name}</span>
            {index < 9 ? <Kbd keys={String(index + 1)} /> : null}
          </Button>
        ))}
        {reasons.length === 0 ? <p>{t("break.none")}</p> : null}
      </div>
    </Modal>
  );
}
