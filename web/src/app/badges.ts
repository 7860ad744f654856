import { useCurrentHealth } from "@/features/health/api/get-health";
import { summarize } from "@/features/health/summary";
import { useLanguage } from "@/lib/i18n/hooks";
import { useConnection } from "@/lib/live/context";

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
