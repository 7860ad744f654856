import { expect, it } from "vitest";
import { fromField, toField } from "./moment";

it("brings a moment into a field and back to the minute", () => {
  const text = toField("2026-11-20T06:05:00.000Z");
  expect(text).toMatch(/^2026-11-\d\dT\d\d:05$/);
  expect(fromField(text)).toBe("2026-11-20T06:05:00.000Z");
});

it("takes nothing and nonsense for no moment", () => {
  expect(toField(null)).toBe("");
  expect(fromField("")).toBeUndefined();
  expect(fromField("tomorrow")).toBeUndefined();
});
