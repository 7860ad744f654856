interface Parts {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsOf(date: Date, timeZone: string | undefined): Parts {
  const key = timeZone ?? "";
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(key, format);
  }
  const parts: Parts = { year: "", month: "", day: "", hour: "", minute: "", second: "" };
  for (const { type, value } of format.formatToParts(date)) if (type in parts) parts[type as keyof Parts] = value;
  return parts;
}

/** 14:05 today, 11-20 14:05 this year, 2025-11-20 14:05 before. */
export function shortTime(date: Date, now: Date, timeZone?: string): string {
  const at = partsOf(date, timeZone);
  const today = partsOf(now, timeZone);
  const clock = `${at.hour}:${at.minute}`;
  if (at.year !== today.year) return `${at.year}-${at.month}-${at.day} ${clock}`;
  if (at.month !== today.month || at.day !== today.day) return `${at.month}-${at.day} ${clock}`;
  return clock;
}

/** 2026-11-20 14:05:33 */
export function fullTime(date: Date, timeZone?: string): string {
  const at = partsOf(date, timeZone);
  return `${at.year}-${at.month}-${at.day} ${at.hour}:${at.minute}:${at.second}`;
}

/** 14:05:33 */
export function clockTime(date: Date, timeZone?: string): string {
  const at = partsOf(date, timeZone);
  return `${at.hour}:${at.minute}:${at.second}`;
}

export interface Span {
  days: number;
  hours: number;
  minutes: number;
}

/** Whole days, hours and minutes of a length; a clock that runs ahead counts as nothing. */
export function spanOf(milliseconds: number): Span {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  return { days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60), minutes: minutes % 60 };
}
