/** What the wall clock of a zone shows at a moment, as a field of a form wants it: 2026-11-20T17:30. */
export function wallClock(moment: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  }).formatToParts(moment);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((entry) => entry.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** The moment at which the wall clock of a zone shows that; the first of two, and the hour after where it never does. */
export function momentOf(wall: string, timeZone: string): Date {
  const asUTC = Date.parse(`${wall}Z`);
  const offsetAt = (moment: number) => Date.parse(`${wallClock(new Date(moment), timeZone)}Z`) - Math.floor(moment / 60_000) * 60_000;
  const candidates = [asUTC - offsetAt(asUTC - 86_400_000), asUTC - offsetAt(asUTC + 86_400_000)];
  const fitting = candidates.filter((moment) => wallClock(new Date(moment), timeZone) === wall.slice(0, 16));
  return new Date(Math.min(...(fitting.length > 0 ? fitting : [Math.max(...candidates)])));
}
