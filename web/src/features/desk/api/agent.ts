import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import { skew } from "../clock";

export type MyAgent = Omit<paths["/api/agent"]["get"]["responses"][200]["content"]["application/json"], "$schema">;
export type Card = NonNullable<MyAgent["contact"]>;
export type DeskPhone = paths["/api/agent/phones"]["get"]["responses"][200]["content"]["application/json"]["items"][number];
export type BreakReason = paths["/api/break-reasons"]["get"]["responses"][200]["content"]["application/json"]["items"][number];

export const agentKey = ["agent", "me"] as const;

/** Once a minute is the sign of life that the server asks for; without the live connection it also brings the changes. */
const SIGN_OF_LIFE_MS = 60_000;
const POLL_MS = 3_000;

/** How this person works on the floor. The live topic `agent` keeps it. */
export function agentQuery(live: boolean) {
  return queryOptions({
    queryKey: agentKey,
    queryFn: async ({ signal }): Promise<MyAgent> => {
      const call = await api.GET("/api/agent", { signal });
      skew.learn(call.response.headers.get("date"));
      return unwrap(Promise.resolve(call));
    },
    refetchInterval: live ? SIGN_OF_LIFE_MS : POLL_MS,
    refetchIntervalInBackground: true,
  });
}

export function phonesQuery() {
  return queryOptions({
    queryKey: ["agent", "phones"],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/agent/phones", { signal }))).items,
    refetchInterval: 5_000,
  });
}

/** The reasons for breaks that may be chosen. */
export function reasonsQuery() {
  return queryOptions({
    queryKey: ["agent", "break-reasons"],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/break-reasons", { signal }))).items.filter(({ retired }) => !retired),
    staleTime: 5 * 60_000,
  });
}

export type Command =
  | { act: "sign-in"; phone: string; takeOver?: boolean; reason?: string }
  | { act: "ready" }
  | { act: "break"; reason: string }
  | { act: "wrap-up"; on: boolean }
  | { act: "sign-out" };

async function carryOut(command: Command): Promise<MyAgent> {
  switch (command.act) {
    case "sign-in":
      return unwrap(
        api.POST("/api/agent/sign-in", {
          body: { phone: command.phone, take_over: command.takeOver ?? false, ...(command.reason === undefined ? { state: "ready" } : { state: "break", reason: command.reason }) },
        }),
      );
    case "ready":
      return unwrap(api.POST("/api/agent/state", { body: { state: "ready" } }));
    case "break":
      return unwrap(api.POST("/api/agent/state", { body: { state: "break", reason: command.reason } }));
    case "wrap-up":
      return unwrap(api.POST("/api/agent/wrap-up", { body: { on: command.on } }));
    case "sign-out":
      return unwrap(api.POST("/api/agent/sign-out"));
  }
}

/** Says what the agent wants; the answer is how he works then. */
export function useCommand() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: carryOut,
    onSuccess: (agent) => {
      client.setQueryData(agentKey, agent);
    },
  });
}
