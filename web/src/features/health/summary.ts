import type { Check, Health } from "./api/get-health";

export interface Summary {
  /** Faults first, then warnings; within each the longest lasting first. */
  attention: Check[];
  notes: Check[];
  fine: Check[];
  faults: number;
  warnings: number;
}

export function summarize(health: Health): Summary {
  const checks = health.checks;
  const oldestFirst = (a: Check, b: Check) => a.since.localeCompare(b.since);
  const faults = checks.filter((check) => check.severity === "fault").sort(oldestFirst);
  const warnings = checks.filter((check) => check.severity === "warning").sort(oldestFirst);
  return {
    attention: [...faults, ...warnings],
    notes: checks.filter((check) => check.severity === "info"),
    fine: checks.filter((check) => check.severity === "ok"),
    faults: faults.length,
    warnings: warnings.length,
  };
}
