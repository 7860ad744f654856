import { LiveClient, type SocketLike } from "@/lib/live/client";

/** A socket whose server is the test. */
export class FakeSocket implements SocketLike {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;

  constructor(readonly path: string) {}

  close(): void {
    this.closed = true;
  }

  send(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  sendRaw(data: unknown): void {
    this.onmessage?.({ data });
  }

  hello(stream: string, seq: number, resumed = false): void {
    this.send({ type: "hello", stream, seq, resumed });
  }

  drop(): void {
    this.onclose?.();
  }
}

/** A live client on fake sockets; the last one opened is where the test speaks. */
export function fakeLive(options: { random?: () => number } = {}) {
  const sockets: FakeSocket[] = [];
  const client = new LiveClient({
    open: (path) => {
      const socket = new FakeSocket(path);
      sockets.push(socket);
      return socket;
    },
    ...options,
  });
  return {
    client,
    sockets,
    last: (): FakeSocket => {
      const socket = sockets.at(-1);
      if (!socket) throw new Error("no socket was opened");
      return socket;
    },
  };
}
