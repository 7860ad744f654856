import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type Policy = NonNullable<paths["/api/policies"]["get"]["responses"][200]["content"]["application/json"]["items"]>[number];
export type FullPolicy = paths["/api/policies/{id}"]["get"]["responses"][200]["content"]["application/json"];
export type PolicyVersion = NonNullable<FullPolicy["versions"]>[number];
type Create = Omit<paths["/api/policies"]["post"]["requestBody"]["content"]["application/json"], "$schema">;
export type PolicyText = Create["text"];

export const policiesKey = ["policies"] as const;

export const policiesQuery = queryOptions({
  queryKey: [...policiesKey, "list"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/api/policies", { signal }))).items,
});

export function policyQuery(id: string) {
  return queryOptions({
    queryKey: [...policiesKey, "one", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/policies/{id}", { params: { path: { id } }, signal })),
  });
}

/** Who must know the current version; with `missing` only those who have not acknowledged it. */
export function readersQuery(id: string, missing: boolean) {
  return infiniteQueryOptions({
    queryKey: [...policiesKey, "readers", id, missing],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/policies/{id}/readers", { params: { path: { id }, query: { missing, limit: 100, after: pageParam || undefined } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** A text as its readers will see it, rendered and made safe by the server. */
export function previewQuery(text: string) {
  return queryOptions({
    queryKey: [...policiesKey, "preview", text],
    queryFn: async ({ signal }) => (await unwrap(api.POST("/api/policies/preview", { body: { text }, signal }))).html,
    staleTime: Infinity,
    gcTime: 60_000,
  });
}

/** Begins a policy, or writes the draft of one that exists. */
export function useWritePolicy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, code, version, text }: { id: string | null; code: string; version: number; text: PolicyText }) =>
      id === null
        ? unwrap(api.POST("/api/policies", { body: { code, text } }))
        : unwrap(api.PUT("/api/policies/{id}/draft", { params: { path: { id } }, body: { version, text } })),
    onSuccess: (policy) => {
      client.setQueryData(policyQuery(policy.id).queryKey, policy);
    },
    onSettled: () => client.invalidateQueries({ queryKey: policiesKey }),
  });
}

interface Act {
  id: string;
  act: "request" | "withdraw" | "discard";
  version: number;
  reason: string;
}

/** Asks another person to publish the draft, ends a policy, or throws the draft away. */
export function useActOnPolicy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, act, version, reason }: Act): Promise<void> => {
      const params = { path: { id } };
      switch (act) {
        case "request":
          await unwrap(api.POST("/api/policies/{id}/request", { params, body: { version, reason } }));
          return;
        case "withdraw":
          await unwrap(api.POST("/api/policies/{id}/withdraw", { params, body: { version, reason } }));
          return;
        case "discard":
          await unwrap(api.DELETE("/api/policies/{id}/draft", { params: { ...params, query: { version } } }));
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: policiesKey }),
  });
}
