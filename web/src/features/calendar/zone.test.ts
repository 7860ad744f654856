import { expect, it } from "vitest";
import { momentOf, wallClock } from "./zone";

it.each([
  ["2026-11-20T17:30", "Asia/Shanghai", "2026-11-20T09:30:00.000Z"],
  ["2026-11-20T17:30", "Asia/Urumqi", "2026-11-20T11:30:00.000Z"],
  ["2026-07-01T09:00", "America/New_York", "2026-07-01T13:00:00.000Z"],
  ["2026-11-01T01:30", "America/New_York", "2026-11-01T05:30:00.000Z"],
  ["2026-03-08T02:30", "America/New_York", "2026-03-08T07:30:00.000Z"],
])("%s in %s is %s", (wall, zone, moment) => {
  expect(momentOf(wall, zone).toISOString()).toBe(moment);
});

it("shows the wall clock of a zone", () => {
  expect(wallClock(new Date("2026-12-31T16:05:59Z"), "Asia/Shanghai")).toBe("2027-01-01T00:05");
});
