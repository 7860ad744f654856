import { expect, it } from "vitest";
import { isNarrowed, queryOf } from "./filter";

const now = new Date(2026, 10, 21, 15, 30);

it("shows a week unless told otherwise", () => {
  expect(queryOf({}, now).from).toBe(new Date(2026, 10, 15).toISOString());
  expect(queryOf({ range: "today" }, now).from).toBe(new Date(2026, 10, 21).toISOString());
  expect(queryOf({ range: "all" }, now).from).toBeUndefined();
});

it("takes whole days, the last one included, before a range", () => {
  const query = queryOf({ range: "today", from: "2026-11-01", to: "2026-11-30" }, now);
  expect(query.from).toBe(new Date(2026, 10, 1).toISOString());
  expect(query.until).toBe(new Date(2026, 11, 1).toISOString());
  expect(queryOf({ from: "2026-02-31" }, now).from).toBe(new Date(2026, 10, 15).toISOString());
});

it("looks for a call whenever it was", () => {
  const query = queryOf({ call: "c1" }, now);
  expect(query).toMatchObject({ call_id: "c1", from: undefined });
  expect(isNarrowed({ call: "c1" })).toBe(true);
  expect(isNarrowed({ range: "all" })).toBe(false);
});
