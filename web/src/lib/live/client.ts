import { parseMessage, type ServerMessage } from "./protocol";

/**
 * The live connection as a state machine without React.
 *
 *   idle ── start ──> connecting ── hello ──> open
 *                        ^   |                 |
 *                        |   +── lost ──> waiting (back-off with jitter)
 *                        +──── timer, retryNow ────+
 *
 * It remembers the stream and the last sequence number, so that a reconnect continues where it broke; when
 * the server can no longer do that it sends a snapshot, and every subscriber is told to start over from it.
 */
export type LiveState =
  | { name: "idle" }
  | { name: "connecting"; attempt: number }
  | { name: "open" }
  | { name: "waiting"; attempt: number; retryAt: number };

/** Either one new fact, or a fresh start: `data` is then the topic's part of the snapshot, if it has one. */
export type LiveUpdate = { kind: "event"; data: unknown } | { kind: "snapshot"; data: unknown };

export interface SocketLike {
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  close(): void;
}

export interface LiveOptions {
  open: (path: string) => SocketLike;
  now?: () => number;
  random?: () => number;
  setTimer?: (run: () => void, ms: number) => number;
  clearTimer?: (id: number) => void;
}

const PATH = "/api/live";
const HELLO_TIMEOUT_MS = 10_000;
/** The server gives a sign of life every 20 s; after this much silence the connection is dead. */
const SILENCE_MS = 45_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/** A connection that broke sooner than this counts as another failed attempt, not as a success. */
const STEADY_MS = 5_000;

type Listener = (update: LiveUpdate) => void;

export class LiveClient {
  private state: LiveState = { name: "idle" };
  private socket: SocketLike | null = null;
  private timer: number | null = null;
  private stream: string | null = null;
  private seq = 0;
  private openedAt = 0;
  private readonly topics = new Map<string, Set<Listener>>();
  private readonly watchers = new Set<() => void>();
  private readonly options: Required<LiveOptions>;

  constructor(options: LiveOptions) {
    this.options = {
      now: () => Date.now(),
      random: () => Math.random(),
      setTimer: (run, ms) => window.setTimeout(run, ms),
      clearTimer: (id) => {
        window.clearTimeout(id);
      },
      ...options,
    };
  }

  /** The current state; the same object until it changes, as useSyncExternalStore needs it. */
  readonly getState = (): LiveState => this.state;

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Calls the listener with each update of the topic until the returned function is called. */
  subscribe(topic: string, listener: Listener): () => void {
    const listeners = this.topics.get(topic) ?? new Set<Listener>();
    listeners.add(listener);
    this.topics.set(topic, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.topics.delete(topic);
    };
  }

  start(): void {
    if (this.state.name === "idle") this.connect(0);
  }

  stop(): void {
    this.clearTimer();
    this.dropSocket();
    this.enter({ name: "idle" });
  }

  /** Ends a wait early: the user asked, the network came back, or another request found the server alive. */
  retryNow(): void {
    if (this.state.name !== "waiting") return;
    this.clearTimer();
    this.connect(this.state.attempt);
  }

  /** Another request found the server gone: a socket to it only looks open, and would for minutes. */
  suspect(): void {
    if (this.state.name === "open") this.lost(0);
  }

  private connect(attempt: number): void {
    this.enter({ name: "connecting", attempt });
    const socket = this.options.open(this.path());
    this.socket = socket;
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(event.data, attempt);
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lost(attempt);
    };
    this.timer = this.options.setTimer(() => {
      this.timer = null;
      this.lost(attempt);
    }, HELLO_TIMEOUT_MS);
  }

  private receive(raw: unknown, attempt: number): void {
    let message: ServerMessage | null;
    try {
      message = parseMessage(raw);
    } catch {
      this.stream = null;
      this.lost(attempt);
      return;
    }
    if (message?.type === "hello" || this.state.name === "open") this.expectMore();
    switch (message?.type) {
      case undefined:
      case "beat":
        return;
      case "hello":
        this.stream = message.stream;
        if (!message.resumed) this.seq = message.seq;
        this.openedAt = this.options.now();
        this.enter({ name: "open" });
        return;
      case "snapshot":
        this.seq = message.seq;
        for (const [topic, listeners] of [...this.topics]) {
          for (const listener of [...listeners]) listener({ kind: "snapshot", data: message.data[topic] });
        }
        return;
      case "event":
        // A resumed stream may repeat what was already seen.
        if (message.seq <= this.seq) return;
        this.seq = message.seq;
        for (const listener of [...(this.topics.get(message.topic) ?? [])]) {
          listener({ kind: "event", data: message.data });
        }
        return;
    }
  }

  /** Starts the wait for the next message anew. */
  private expectMore(): void {
    this.clearTimer();
    this.timer = this.options.setTimer(() => {
      this.timer = null;
      this.lost(0);
    }, SILENCE_MS);
  }

  private lost(before: number): void {
    const steady = this.state.name === "open" && this.options.now() - this.openedAt >= STEADY_MS;
    const attempt = steady ? 0 : before;
    this.clearTimer();
    this.dropSocket();
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
    // Half fixed, half random: thousands of desks must not come back in the same moment.
    const wait = longest / 2 + (longest / 2) * this.options.random();
    this.enter({ name: "waiting", attempt: attempt + 1, retryAt: this.options.now() + wait });
    this.timer = this.options.setTimer(() => {
      this.timer = null;
      this.connect(attempt + 1);
    }, wait);
  }

  private path(): string {
    if (this.stream === null) return PATH;
    return `${PATH}?${new URLSearchParams({ stream: this.stream, seq: String(this.seq) }).toString()}`;
  }

  private dropSocket(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private clearTimer(): void {
    if (this.timer !== null) this.options.clearTimer(this.timer);
    this.timer = null;
  }

  private enter(state: LiveState): void {
    this.state = state;
    for (const watcher of [...this.watchers]) watcher();
  }
}
