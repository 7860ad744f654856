import { expect, it } from "vitest";
import { clockTime, fullTime, shortTime, spanOf } from "./time";

const zone = "Asia/Shanghai";
const now = new Date("2026-11-20T08:00:00Z");

it.each([
  ["2026-11-20T06:05:33Z", "14:05"],
  // Already tomorrow's yesterday: the day is the one of the zone, not of UTC.
  ["2026-11-19T15:59:00Z", "11-19 23:59"],
  ["2026-11-19T16:00:00Z", "00:00"],
  ["2025-11-20T06:05:33Z", "2025-11-20 14:05"],
])("shows %s as %s", (value, text) => {
  expect(shortTime(new Date(value), now, zone)).toBe(text);
});

it("shows the full moment and the clock", () => {
  const date = new Date("2026-11-20T06:05:33Z");
  expect(fullTime(date, zone)).toBe("2026-11-20 14:05:33");
  expect(clockTime(date, zone)).toBe("14:05:33");
});

it("splits a length into days, hours and minutes", () => {
  expect(spanOf(((3 * 24 + 4) * 60 + 5) * 60_000 + 59_000)).toEqual({ days: 3, hours: 4, minutes: 5 });
  expect(spanOf(-5)).toEqual({ days: 0, hours: 0, minutes: 0 });
});
