import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type DutyRule = paths["/api/duty-rules"]["get"]["responses"][200]["content"]["application/json"]["items"][number];

export interface DutyRuleValues {
  first: string;
  second: string;
  reason_zh: string;
  reason_en: string;
}

export const dutyRulesKey = ["duty-rules"] as const;

/** Pairs of permissions that one person may not hold. */
export function dutyRulesQuery() {
  return queryOptions({
    queryKey: dutyRulesKey,
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/duty-rules", { signal }))).items,
  });
}

/** Adds or changes a rule. */
export function useSaveDutyRule(idempotencyKey: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ rule, values }: { rule: DutyRule | undefined; values: DutyRuleValues }) => {
      if (rule === undefined) {
        await unwrap(api.POST("/api/duty-rules", { params: { header: { "Idempotency-Key": idempotencyKey } }, body: values }));
        return;
      }
      const { id, version } = rule;
      await unwrap(api.PUT("/api/duty-rules/{id}", { params: { path: { id } }, body: { ...values, version } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: dutyRulesKey }),
  });
}

/** Takes a rule away. */
export function useDeleteDutyRule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: DutyRule) =>
      unwrap(api.DELETE("/api/duty-rules/{id}", { params: { path: { id }, query: { version } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: dutyRulesKey }),
  });
}
