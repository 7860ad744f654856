import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useConnection, useLiveTopic } from "@/lib/live/context";
import { afterEvent } from "./agent-state";
import { agentKey, agentQuery, type MyAgent } from "./api/agent";
import { dayKey } from "./api/contacts";

const DAY_PAUSE_MS = 1_500;

/** How this person works on the floor, kept by the live connection. */
export function useAgent() {
  const client = useQueryClient();
  const connection = useConnection();
  const query = useQuery(agentQuery(connection === "live"));
  const login = useRef<string | undefined>(undefined);
  useLiveTopic("agent", ({ data }) => {
    const next = afterEvent(client.getQueryData<MyAgent>(agentKey), data, login.current);
    login.current = next.login;
    if (next.agent !== undefined) client.setQueryData(agentKey, next.agent);
    if (next.stale) void client.invalidateQueries({ queryKey: agentKey });
  });
  return query;
}

/** Keeps figures and last contacts up to date without asking for each change of everybody's contacts. */
export function useDayUpToDate(): void {
  const client = useQueryClient();
  const timer = useRef<number | undefined>(undefined);
  useLiveTopic("contacts.changed", () => {
    if (timer.current !== undefined) return;
    timer.current = window.setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: dayKey });
    }, DAY_PAUSE_MS);
  });
}
