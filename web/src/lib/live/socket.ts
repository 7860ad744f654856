import { LiveClient, type SocketLike } from "./client";

function openSocket(path: string): SocketLike {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  const like: SocketLike = {
    onmessage: null,
    onclose: null,
    close: () => {
      socket.close();
    },
  };
  socket.onmessage = (event: MessageEvent<unknown>) => like.onmessage?.(event);
  socket.onclose = () => like.onclose?.();
  return like;
}

/** A live client on the browser's WebSocket. */
export function createLiveClient(): LiveClient {
  return new LiveClient({ open: openSocket });
}
