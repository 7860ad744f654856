import { useQuery, useQueryClient } from "@tanstack/react-query";
import { approvalCountQuery } from "@/features/approval/api/count-approvals";
import { approvalsKey } from "@/features/approval/api/list-approvals";
import { useCurrentHealth } from "@/features/health/api/get-health";
import { summarize } from "@/features/health/summary";
import { useLanguage } from "@/lib/i18n/hooks";
import { useConnection, useLiveTopic } from "@/lib/live/context";

/** A figure beside a page's name in the navigation: how many things there wait for this person. */
export interface Badge {
  count: number;
  tone: "info" | "warning" | "fault";
}

/** What is wrong with the installation. */
export function useHealthBadge(): Badge | null {
  const health = useCurrentHealth(useLanguage(), useConnection());
  if (!health.data) return null;
  const summary = summarize(health.data);
  return { count: summary.attention.length, tone: summary.faults > 0 ? "fault" : "warning" };
}

/** What waits for this person's decision. */
export function useApprovalsBadge(): Badge | null {
  const client = useQueryClient();
  const counts = useQuery({ ...approvalCountQuery, refetchInterval: useConnection() === "live" ? 5 * 60_000 : 30_000 });
  useLiveTopic("approvals.changed", () => void client.invalidateQueries({ queryKey: approvalsKey }));
  return counts.data === undefined ? null : { count: counts.data.to_decide, tone: "info" };
}
