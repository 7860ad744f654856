/** What the server sends over /api/live, in this order: hello, a snapshot if it could not resume, then events and beats. */
export type ServerMessage =
  | { type: "hello"; stream: string; seq: number; resumed: boolean }
  | { type: "snapshot"; seq: number; data: Record<string, unknown> }
  | { type: "event"; seq: number; topic: string; data: unknown }
  /** A sign of life when there is nothing to tell. */
  | { type: "beat" };

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads one message. Returns null for a kind that this version does not know (a newer server may send more)
 * and throws on one that is broken, because then nothing that follows can be trusted either.
 */
export function parseMessage(raw: unknown): ServerMessage | null {
  if (typeof raw !== "string") throw new Error("live message is not text");
  const value: unknown = JSON.parse(raw);
  if (!isRecord(value)) throw new Error("live message is not an object");
  const seq = value["seq"];
  switch (value["type"]) {
    case "hello":
      if (typeof value["stream"] !== "string" || typeof seq !== "number") throw new Error("broken hello");
      return { type: "hello", stream: value["stream"], seq, resumed: value["resumed"] === true };
    case "snapshot":
      if (typeof seq !== "number") throw new Error("broken snapshot");
      return { type: "snapshot", seq, data: isRecord(value["data"]) ? value["data"] : {} };
    case "event":
      if (typeof value["topic"] !== "string" || typeof seq !== "number") throw new Error("broken event");
      return { type: "event", seq, topic: value["topic"], data: value["data"] };
    case "beat":
      return { type: "beat" };
    default:
      return null;
  }
}
