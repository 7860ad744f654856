import { expect, it } from "vitest";
import { connectionOf } from "./connection";

const up = { down: false, lastAnswerAt: 1 };
const down = { down: true, lastAnswerAt: 1 };

it.each([
  [{ name: "idle" }, up, "starting"],
  [{ name: "connecting", attempt: 0 }, up, "starting"],
  [{ name: "waiting", attempt: 1, retryAt: 0 }, up, "starting"],
  [{ name: "open" }, up, "live"],
  [{ name: "waiting", attempt: 3, retryAt: 0 }, up, "polling"],
  [{ name: "connecting", attempt: 3 }, up, "polling"],
  [{ name: "connecting", attempt: 0 }, down, "lost"],
  [{ name: "open" }, down, "lost"],
] as const)("calls %o with %o %s", (live, reach, word) => {
  expect(connectionOf(live, reach)).toBe(word);
});
