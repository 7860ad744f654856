import { requestJSON } from "../api/request";

/**
 * What a person sets for themselves: kept by the server for the account, and in this browser so that the first
 * frame is already right and a server that is away loses nothing. The server's value wins when a person signs in.
 */

const PREFIX = "yingda.";
/** Whose preferences the cache holds. */
const OWNER = "preferences-of";
/** Taken over by whoever signs in first at a browser: they say how this desk is used. */
const OF_THE_DESK = new Set(["language", "theme"]);
const PUSH_AFTER_MS = 800;

type Listener = (key: string) => void;

const listeners = new Set<Listener>();
const waiting = new Map<string, number>();
let connected = false;

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A word is kept as it is.
    return text;
  }
}

function keep(key: string, value: unknown): void {
  try {
    if (value === undefined) window.localStorage.removeItem(PREFIX + key);
    else window.localStorage.setItem(PREFIX + key, typeof value === "string" ? value : JSON.stringify(value));
  } catch {
    // A browser that keeps nothing: the server does.
  }
  for (const listener of listeners) listener(key);
}

function get(key: string): unknown {
  const text = window.localStorage.getItem(PREFIX + key);
  return text === null ? undefined : parse(text);
}

async function push(key: string): Promise<void> {
  waiting.delete(key);
  const value = get(key);
  const path = `/api/me/preferences/${encodeURIComponent(key)}`;
  if (value === undefined) await requestJSON(path, { method: "DELETE" });
  else await requestJSON(path, { method: "PUT", body: { value } });
}

function schedule(key: string): void {
  if (!connected) return;
  window.clearTimeout(waiting.get(key));
  waiting.set(
    key,
    window.setTimeout(() => {
      // The value stays in this browser; the next change or sign-in tries again.
      push(key).catch(() => undefined);
    }, PUSH_AFTER_MS),
  );
}

interface Answer {
  items: readonly { key: string; value: unknown }[];
}

/** Keys of the cache that belong to the person before. */
function cachedKeys(): string[] {
  return Array.from({ length: window.localStorage.length }, (_, index) => window.localStorage.key(index) ?? "")
    .filter((name) => name.startsWith(PREFIX) && name !== PREFIX + OWNER)
    .map((name) => name.slice(PREFIX.length));
}

export const preferences = {
  get,
  /** Sets a value here at once and on the server soon. */
  set: (key: string, value: unknown): void => {
    keep(key, value);
    schedule(key);
  },
  remove: (key: string): void => {
    keep(key, undefined);
    schedule(key);
  },
  /** Calls the listener with each key that changes, here or by signing in. */
  subscribe: (listener: Listener): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Takes over what the server keeps for the account, and keeps it up to date from then on. */
  connect: async (account: string): Promise<void> => {
    const { items } = await requestJSON<Answer>("/api/me/preferences");
    if (get(OWNER) !== account) {
      for (const key of cachedKeys()) if (!OF_THE_DESK.has(key)) keep(key, undefined);
      keep(OWNER, account);
    }
    connected = true;
    for (const { key, value } of items) {
      if (!waiting.has(key) && JSON.stringify(get(key)) !== JSON.stringify(value)) keep(key, value);
    }
  },
  /** Stops telling the server; what waits is sent now. */
  disconnect: (): void => {
    connected = false;
    for (const [key, timer] of waiting) {
      window.clearTimeout(timer);
      push(key).catch(() => undefined);
    }
  },
};
