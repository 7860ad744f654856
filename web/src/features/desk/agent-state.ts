import type { MyAgent } from "./api/agent";

/** What an agent does, in the order of a working day. */
export const STATES = ["signed_out", "ready", "reserved", "ringing", "talking", "wrap_up", "break", "no_answer", "unreachable", "elsewhere"] as const;
export type AgentState = (typeof STATES)[number];

export function stateOf(agent: Pick<MyAgent, "state">): AgentState {
  return STATES.find((state) => state === agent.state) ?? "signed_out";
}

/** The event of the live topic: the agent, without whether it is this page's session. */
function isView(data: unknown): data is Omit<MyAgent, "here"> & { login?: string } {
  return typeof data === "object" && data !== null && "state" in data && "staff" in data && typeof data.state === "string";
}

/**
 * The agent after an event of the live topic. `stale`: the event cannot say whether this page still is the one that
 * works, so it must be asked.
 */
export function afterEvent(known: MyAgent | undefined, data: unknown, lastLogin: string | undefined): { agent: MyAgent | undefined; login: string | undefined; stale: boolean } {
  if (!isView(data)) return { agent: known, login: lastLogin, stale: true };
  const { login, ...view } = data;
  if (known === undefined) return { agent: undefined, login, stale: true };
  const stale = known.session !== view.session || login !== lastLogin;
  return { agent: { ...known, contact: undefined, until: undefined, ...view }, login, stale };
}

/** What the agent may do in a state. */
export function allowed(agent: MyAgent): { ready: boolean; break: boolean; wish: boolean; end: boolean; signOut: boolean } {
  const state = stateOf(agent);
  const here = agent.here && state !== "signed_out";
  return {
    ready: here && (agent.wanted !== "ready" || state === "no_answer"),
    break: here,
    wish: here && ["talking", "ringing", "reserved"].includes(state),
    end: here && state === "wrap_up",
    signOut: here && agent.wanted !== "signed_out",
  };
}

/** A contact is at this desk: offered, ringing, talking, or being written up. */
export function isBusy(state: AgentState): boolean {
  return state === "reserved" || state === "ringing" || state === "talking" || state === "wrap_up";
}
