import { expect, it } from "vitest";
import { endOfDay, grantsOf, lastDay } from "./accounts-draft";

it("holds until the end of the last day in China, and shows that day again", () => {
  expect(endOfDay("2027-03-31")).toBe("2027-03-31T16:00:00.000Z");
  expect(lastDay("2027-03-31T16:00:00.000Z")).toBe("2027-03-31");
  expect(lastDay("2027-03-31T16:00:01.000Z")).toBe("2027-04-01");
  expect(endOfDay("")).toBeNull();
  expect(lastDay(null)).toBe("");
});

it("asks for nothing while a role or a centre is missing", () => {
  const whole = { key: "1", role_id: "r", centre_id: "c", until: "", from: null };
  expect(grantsOf([whole])).toEqual([{ role_id: "r", centre_id: "c", valid_from: null, valid_until: null }]);
  expect(grantsOf([whole, { ...whole, role_id: undefined }])).toBeUndefined();
  expect(grantsOf([{ ...whole, centre_id: null }])).toBeUndefined();
});
