import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { requestJSON } from "@/lib/api/request";

/** A policy that this person must know. */
export interface OwnPolicy {
  id: string;
  code: string;
  number: number;
  title_zh: string;
  title_en: string;
  /** Made safe by the server. */
  html_zh: string;
  html_en: string;
  change_note: string;
  published_at: string;
  acknowledged_at: string | null;
  /** Must be acknowledged before anything else. */
  due: boolean;
}

const ownPoliciesKey = ["own-policies"] as const;

export const ownPoliciesQuery = queryOptions({
  queryKey: ownPoliciesKey,
  queryFn: async ({ signal }) => (await requestJSON<{ items: OwnPolicy[] }>("/api/own-policies", { signal })).items,
});

/** Says that this version was read. */
export function useAcknowledgePolicy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (policy: OwnPolicy) =>
      requestJSON<undefined>(`/api/own-policies/${policy.id}/acknowledge`, { method: "POST", body: { number: policy.number } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ownPoliciesKey }),
  });
}
