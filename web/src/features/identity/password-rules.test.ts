import { expect, it } from "vitest";
import { passwordRules } from "./password-rules";

const policy = { min_length: 10, classes: 3, long_from: 20, history: 5, max_age_days: 90, problems: [] };

function broken(password: string, number = "GZ0017"): string[] {
  return passwordRules(policy, password, number)
    .filter((rule) => !rule.kept)
    .map((rule) => rule.name);
}

it("counts characters, not bytes, and kinds of characters", () => {
  expect(broken("Ab3")).toEqual(["length"]);
  expect(broken("abcdefghij")).toEqual(["classes"]);
  expect(broken("Abcdefghi7")).toEqual([]);
  expect(broken("今天天气很好啊Ab7")).toEqual([]);
  expect(broken("🙂🙂🙂")).toEqual(["length", "classes"]);
});

it("takes a long sentence whatever its characters", () => {
  expect(broken("correct horse battery staple")).toEqual([]);
});

it("refuses the staff number in any case", () => {
  expect(broken("Xgz0017!abc")).toEqual(["number"]);
  expect(broken("")).toEqual(["length", "classes", "number"]);
});
