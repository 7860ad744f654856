/** Lengths of time as people set them: the largest unit that leaves nothing over. */
export const UNITS = [
  { unit: "day", seconds: 86_400 },
  { unit: "hour", seconds: 3600 },
  { unit: "minute", seconds: 60 },
  { unit: "second", seconds: 1 },
] as const;

export type Unit = (typeof UNITS)[number]["unit"];

export function splitSeconds(seconds: number): { amount: number; unit: Unit } {
  const fit = UNITS.find((entry) => seconds !== 0 && seconds % entry.seconds === 0) ?? UNITS[3];
  return { amount: seconds / fit.seconds, unit: fit.unit };
}

export function joinSeconds(amount: number, unit: Unit): number {
  return amount * (UNITS.find((entry) => entry.unit === unit)?.seconds ?? 1);
}

/** What an integer or a length of time is, of a value that came as JSON. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
}

/** A number or text as it is. */
export function plain(value: unknown): string {
  return typeof value === "number" || typeof value === "string" ? String(value) : "";
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
