import type { Span } from "./api/calendar";

const DAY = 1440;

/** 9:00; on the next day 24:00 becomes 0:00 of it, which the end of a period says by being before its start. */
export function clockOf(minutes: number): string {
  const within = minutes > DAY ? minutes - DAY : minutes;
  return `${String(Math.floor(within / 60))}:${String(within % 60).padStart(2, "0")}`;
}

export function wordsOf(spans: readonly Span[]): string {
  return spans.map(({ start, end }) => `${clockOf(start)}-${clockOf(end)}`).join(", ");
}

function minutesOf(text: string): number | null {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  const hours = Number(match?.[1]);
  const minutes = Number(match?.[2]);
  if (!match || hours > 24 || minutes > 59 || hours * 60 + minutes > DAY) return null;
  return hours * 60 + minutes;
}

/** Reads "9:00-12:00, 14:00-18:00"; an end that is not after its start is on the next day. Null: cannot be read. */
export function spansOf(text: string): Span[] | null {
  const spans: Span[] = [];
  for (const part of text.replace(/\uff1a/g, ":").replace(/[–—~\u81f3]/g, "-").split(/[,\uff0c;\uff1b\u3001\s]+/)) {
    if (part === "") continue;
    const [from = "", to = "", more] = part.split("-");
    const start = minutesOf(from);
    const end = minutesOf(to);
    if (more !== undefined || start === null || end === null || start === DAY) return null;
    spans.push({ start, end: end <= start ? end + DAY : end });
  }
  return spans.sort((a, b) => a.start - b.start);
}

/** Adds a period; what it touches becomes one with it. */
export function joined(spans: readonly Span[], added: Span): Span[] {
  let { start, end } = added;
  const apart: Span[] = [];
  for (const span of spans) {
    if (span.end < start || span.start > end) apart.push(span);
    else {
      start = Math.min(start, span.start);
      end = Math.max(end, span.end);
    }
  }
  return [...apart, { start, end: Math.min(end, start + DAY) }].sort((a, b) => a.start - b.start);
}

/** Hours of a week, for the total under the editor. */
export function hoursOf(days: readonly (readonly Span[])[]): number {
  return days.flat().reduce((sum, { start, end }) => sum + (end - start), 0) / 60;
}
