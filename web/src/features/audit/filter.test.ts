import { expect, it } from "vitest";
import { isNarrowed, queryOf } from "./filter";

const now = new Date(2026, 10, 21, 15, 4);

it("shows the last thirty days unless told otherwise", () => {
  expect(queryOf({}, now).from).toBe(new Date(2026, 9, 23).toISOString());
  expect(queryOf({ range: "today" }, now).from).toBe(new Date(2026, 10, 21).toISOString());
  expect(queryOf({ range: "week" }, now).from).toBe(new Date(2026, 10, 15).toISOString());
  expect(queryOf({ range: "all" }, now).from).toBeUndefined();
});

it("takes whole days in place of a range", () => {
  const query = queryOf({ range: "today", from: "2026-11-01", to: "2026-11-30" }, now);
  expect(query.from).toBe(new Date(2026, 10, 1).toISOString());
  expect(query.to).toBe(new Date(2026, 11, 1).toISOString());
  expect(queryOf({ to: "2026-11-30" }, now).from).toBeUndefined();
});

it("takes no days that do not exist", () => {
  expect(queryOf({ from: "2026-02-30" }, now).from).toBe(queryOf({}, now).from);
  expect(queryOf({ from: "tomorrow", range: "all" }, now).from).toBeUndefined();
});

it("knows whether more than the time narrows the list", () => {
  expect(isNarrowed({ range: "all", from: "2026-11-01" })).toBe(false);
  expect(isNarrowed({ actor: "GD0001" })).toBe(true);
});
