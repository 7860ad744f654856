import { Button } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { PageHeader } from "@/components/page-header";
import { StatusWord } from "@/components/status-word";
import { fullTime } from "@/lib/format/time";
import { useConnection } from "@/lib/live/context";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { isBusy, stateOf } from "./agent-state";
import type { MyAgent } from "./api/agent";
import { ContactBar } from "./contact-bar";
import { DayPanel } from "./day-panel";
import { drafts } from "./draft";
import { spaced } from "./number";
import { useRing } from "./ring";
import { ElsewherePanel, SignInPanel } from "./sign-in-panel";
import { StateBar } from "./state-bar";
import { useAgent } from "./use-agent";
import { WorkPane } from "./work-pane";
import styles from "./desk.module.css";

interface Props {
  /** Whose drafts this browser keeps. */
  account: string;
  /** The way to a contact's timeline. */
  timeline: (id: string) => ReactNode;
}

/** The page of an agent with a desk phone. */
export function DeskView({ account, timeline }: Props) {
  const { t } = useTranslation(["desk", "common"]);
  const agent = useAgent();
  useEffect(() => {
    drafts.sweep();
  }, []);
  if (agent.data === undefined) {
    return (
      <>
        <PageHeader title={t("title")} help="routing.desk" />
        {agent.isError ? <ErrorNote what={t("failed")} error={agent.error} onRetry={() => void agent.refetch()} /> : null}
      </>
    );
  }
  const me = agent.data;
  if (me.here && me.state !== "signed_out") return <Floor agent={me} account={account} timeline={timeline} />;
  return (
    <>
      <PageHeader title={t("title")} help="routing.desk" />
      <div className={styles["outside"]}>
        {me.state === "signed_out" ? <SignInPanel /> : <ElsewherePanel phone={me.phone} since={fullTime(new Date(me.signed_in))} />}
        <DayPanel openId={null} onOpen={() => undefined} unsent={[]} timeline={timeline} />
      </div>
    </>
  );
}

/** The floor: an agent who works here. */
function Floor({ agent, account, timeline }: { agent: MyAgent } & Props) {
  const { t } = useTranslation(["desk", "common"]);
  const connection = useConnection();
  const state = stateOf(agent);
  const card = isBusy(state) ? agent.contact : undefined;
  const [later, setLater] = useState<string | null>(null);
  const ringing = state === "reserved" || state === "ringing";
  useRing(ringing, t("ring.title", { caller: spaced(card?.caller ?? "") }));
  useEffect(() => {
    if (!ringing) document.title = t("common:tabTitle", { page: t("title") });
  }, [ringing, t]);
  useShortcut({ id: "desk.now", keys: "Escape", label: t("act.now"), group: "page", enabled: later !== null, run: () => { setLater(null); } });

  // A new contact takes the place of one that is written up later: its draft is kept.
  const [seen, setSeen] = useState(card?.id);
  if (seen !== card?.id) {
    setSeen(card?.id);
    if (card !== undefined) setLater(null);
  }
  const serving = card !== undefined && !ringing;
  return (
    <div className={styles["desk"]} data-lost={connection === "lost" || undefined}>
      <StateBar agent={agent} />
      {connection === "lost" ? (
        <div className={styles["lost"]} role="alert">
          <StatusWord tone="fault">{t("lost.title")}</StatusWord> {t("lost.note")}
        </div>
      ) : null}
      <div className={styles["panes"]}>
        <div className={styles["centre"]}>
          {card === undefined ? null : <ContactBar agent={agent} card={card} state={state} timeline={timeline} />}
          {later !== null ? (
            <>
              <div className={styles["later"]}>
                <strong>{t("later.title")}</strong>
                <Button size="small" onClick={() => { setLater(null); }}>{t("act.now")}</Button>
              </div>
              <WorkPane key={later} account={account} contact={later} wrapUp={false} />
            </>
          ) : serving ? (
            <WorkPane key={card.id} account={account} contact={card.id} agent={agent} wrapUp={state === "wrap_up"} />
          ) : card === undefined ? (
            <Waiting state={state} agent={agent} />
          ) : null}
        </div>
        <DayPanel openId={later} onOpen={setLater} unsent={drafts.contacts(account)} timeline={timeline} />
      </div>
    </div>
  );
}

/** What the agent may expect now, in words. */
function Waiting({ state, agent }: { state: ReturnType<typeof stateOf>; agent: MyAgent }) {
  const { t } = useTranslation(["desk", "common"]);
  return (
    <div className={styles["waiting"]} data-state={state}>
      <p>{t(`waiting.${state}`, { phone: agent.phone })}</p>
      <p className={styles["none"]}>{t("waiting.keys")}</p>
    </div>
  );
}
