import { useTranslation } from "react-i18next";
import { StatusWord, type Tone } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import type { NodeTest, Trunk } from "./api/trunks";
import styles from "./voice.module.css";

type State = Trunk["health"]["state"];

const TONES: Record<State, Tone> = { unknown: "idle", up: "ok", partly: "warning", down: "fault", registering: "info", refused: "fault", disabled: "idle" };

/** How a trunk is, in words. */
export function TrunkState({ state }: { state: State }) {
  const { t } = useTranslation("voice");
  return <StatusWord tone={TONES[state]}>{t(`trunks.states.${state}`)}</StatusWord>;
}

const PROBLEMS = ["timeout", "unreachable", "name", "tls", "refused"] as const;

/** Why there was no good answer, in words. */
function useProblem() {
  const { t } = useTranslation("voice");
  return (problem: string, status: number) => {
    const known = PROBLEMS.find((one) => one === problem);
    const words = [known ? t(`trunks.problems.${known}`) : problem, status > 0 ? t("trunks.sipStatus", { status }) : ""];
    return words.filter((word) => word !== "").join(" · ");
  };
}

/** How each node sees a trunk. */
export function TrunkNodes({ trunk }: { trunk: Trunk }) {
  const { t } = useTranslation("voice");
  const why = useProblem();
  const { nodes } = trunk.health;
  if (nodes.length === 0) return <p className={styles["muted"]}>{t("trunks.noNode")}</p>;
  return (
    <section className={styles["section"]}>
      <h3>{t("trunks.perNode")}</h3>
      <ul className={styles["lines"]}>
        {nodes.map((node) => (
          <li key={node.node} className={styles["line"]}>
            <strong>{node.node}</strong>
            <TrunkState state={node.state} />
            <span className="figures">{node.rtt_ms > 0 ? t("trunks.ms", { ms: node.rtt_ms.toFixed(1) }) : ""}</span>
            <span>{why(node.problem, node.state === "up" ? 0 : node.sip)}</span>
            {node.since === null ? null : (
              <span className={styles["muted"]}>
                {t("trunks.sinceTime")} <TimeText value={node.since} />
              </span>
            )}
            {node.until === null ? null : (
              <span className={styles["muted"]}>
                {t("trunks.until")} <TimeText value={node.until} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a test found out, host by host. */
export function TestResult({ nodes }: { nodes: readonly NodeTest[] }) {
  const { t } = useTranslation("voice");
  const why = useProblem();
  return (
    <section className={styles["section"]} aria-live="polite">
      <h3>{t("trunks.testTitle")}</h3>
      <ul className={styles["lines"]}>
        {nodes.flatMap((node) =>
          node.problem !== ""
            ? [
                <li key={node.node} className={styles["line"]}>
                  <StatusWord tone="fault">{`${node.node}: ${node.problem}`}</StatusWord>
                </li>,
              ]
            : node.hosts.map((host) => (
                <li key={`${node.node} ${host.host}`} className={styles["line"]}>
                  <strong>{host.host}</strong>
                  <span className={styles["muted"]}>{node.node}</span>
                  <StatusWord tone={host.ok ? "ok" : "fault"}>
                    {host.ok ? t("trunks.testOK", { status: host.sip, ms: host.rtt_ms.toFixed(1) }) : t("trunks.testBad", { why: why(host.problem, host.sip) })}
                  </StatusWord>
                </li>
              )),
        )}
      </ul>
    </section>
  );
}
