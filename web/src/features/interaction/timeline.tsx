import { useTranslation } from "react-i18next";
import { clockTime, fullTime } from "@/lib/format/time";
import type { ContactRecord, Step } from "./api/contacts";
import { personText } from "./words";
import styles from "./interaction.module.css";

const KINDS = [
  "dialled", "answered", "flow_step", "key_to_agent", "enqueued", "queue_changed", "queue_left", "offered", "ringing", "offer_ended", "accepted",
  "announced", "talking", "held", "resumed", "transferred", "transfer_failed", "talk_ended", "callback_asked", "ended", "wrap_up_began", "wrapped_up", "lost",
] as const;

/** The colour of a step: what it is about. The words say it too. */
const TONES: Record<(typeof KINDS)[number], string> = {
  dialled: "idle", answered: "idle", flow_step: "idle", key_to_agent: "wait", enqueued: "wait", queue_changed: "wait", queue_left: "bad", offered: "ring",
  ringing: "ring", offer_ended: "bad", accepted: "talk", announced: "talk", talking: "talk", held: "hold", resumed: "talk", transferred: "talk",
  transfer_failed: "bad", talk_ended: "idle", callback_asked: "wait", ended: "idle", wrap_up_began: "wrap", wrapped_up: "wrap", lost: "bad",
};

const REASONS = [
  "queue_closed", "queue_full", "no_such_queue", "no_agents", "waited_too_long", "caller_left", "no_answer", "agent_left", "node_lost", "busy", "declined",
  "unreachable", "failed", "node_gone", "beginning_unknown", "normal", "caller_gave_up", "callee_hung_up", "node_stopping", "overflow", "timeout",
] as const;

const PARTIES = ["caller", "agent", "system", "network"] as const;

function isParty(word: string): word is (typeof PARTIES)[number] {
  return PARTIES.some((one) => one === word);
}

/** A stretch between two steps: 0.4 s, 12 s, 3:05. */
export function since(ms: number): string {
  if (ms < 0) return "";
  if (ms < 950) return `+${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `+${String(seconds)} s` : `+${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, "0")}`;
}

function useStepText(): (step: Step) => string {
  const { t } = useTranslation("interaction");
  const reasonText = (reason: string) => {
    const known = REASONS.find((one) => one === reason);
    return known ? t(`reasons.${known}`) : reason;
  };
  return ({ queue, agent, detail }) =>
    [
      queue?.name ?? "",
      personText(agent),
      detail.flow ? `${detail.flow}${detail.node ? ` / ${detail.node}` : ""}` : "",
      detail.key ? t("pressed", { key: detail.key }) : "",
      detail.position ? t("position", { position: detail.position }) : "",
      detail.expected_ms ? t("expected", { time: since(detail.expected_ms).slice(1) }) : "",
      detail.phone ? t("onPhone", { phone: detail.phone }) : "",
      detail.to ? t("to", { to: detail.to }) : "",
      detail.by && isParty(detail.by) ? t(`parties.${detail.by}`) : "",
      detail.reason ? reasonText(detail.reason) : "",
      detail.sip ? `SIP ${String(detail.sip)}` : "",
      detail.q850 ? `Q.850 ${String(detail.q850)}` : "",
    ]
      .filter((word) => word !== "")
      .join(" · ");
}

/** The steps of a contact, one below the other, with the time since the one before. */
export function Timeline({ contact }: { contact: ContactRecord }) {
  const { t } = useTranslation("interaction");
  const text = useStepText();
  return (
    <ol className={styles["timeline"]}>
      {contact.steps.map((step, index) => {
        const kind = KINDS.find((one) => one === step.kind);
        const at = new Date(step.at);
        return (
          <li key={`${step.at} ${step.kind} ${String(index)}`} className={styles[kind ? TONES[kind] : "idle"]}>
            <time dateTime={step.at} title={fullTime(at)} className="figures">
              {clockTime(at)}
            </time>
            <span className={`${styles["since"]} figures`}>{index === 0 ? "" : since(step.since_ms)}</span>
            <span className={styles["dot"]} aria-hidden />
            <span className={styles["what"]}>
              <strong>{kind ? t(`kinds.${kind}`) : step.kind}</strong>
              <span>{text(step)}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
