import { createContext, use, useEffect, useEffectEvent, useSyncExternalStore, type ReactNode } from "react";
import { reachability } from "../api/reachability";
import type { LiveClient, LiveState, LiveUpdate } from "./client";
import { connectionOf, type Connection } from "./connection";

const LiveContext = createContext<LiveClient | null>(null);

interface ProviderProps {
  client: LiveClient;
  /** False while nobody is signed in: the server would refuse the connection. */
  running?: boolean;
  children: ReactNode;
}

/** Keeps the client running while mounted, and lets other signs of life and death hurry it. */
export function LiveProvider({ client, running = true, children }: ProviderProps) {
  useEffect(() => {
    if (!running) return undefined;
    const retry = () => {
      client.retryNow();
    };
    let wasDown = reachability.get().down;
    const stopReach = reachability.subscribe(() => {
      const { down } = reachability.get();
      if (down && !wasDown) client.suspect();
      if (!down && wasDown) client.retryNow();
      wasDown = down;
    });
    const onVisible = () => {
      if (document.visibilityState === "visible") retry();
    };
    window.addEventListener("online", retry);
    document.addEventListener("visibilitychange", onVisible);
    client.start();
    return () => {
      window.removeEventListener("online", retry);
      document.removeEventListener("visibilitychange", onVisible);
      stopReach();
      client.stop();
    };
  }, [client, running]);
  return <LiveContext value={client}>{children}</LiveContext>;
}

export function useLiveClient(): LiveClient {
  const client = use(LiveContext);
  if (client === null) throw new Error("useLiveClient outside of LiveProvider");
  return client;
}

export function useLiveState(): LiveState {
  const client = useLiveClient();
  return useSyncExternalStore(client.watch, client.getState);
}

/** Runs the handler on each update of the topic while the component is mounted. */
export function useLiveTopic(topic: string, handler: (update: LiveUpdate) => void): void {
  const client = useLiveClient();
  const onUpdate = useEffectEvent(handler);
  useEffect(() => client.subscribe(topic, (update) => { onUpdate(update); }), [client, topic]);
}

/** The connection in one word, from the live socket and from the answers to ordinary requests. */
export function useConnection(): Connection {
  const live = useLiveState();
  const reach = useSyncExternalStore(reachability.subscribe, reachability.get);
  return connectionOf(live, reach);
}

export function useLastAnswerAt(): number | null {
  return useSyncExternalStore(reachability.subscribe, reachability.get).lastAnswerAt;
}
