import { expect, it } from "vitest";
import { aMessage } from "@/test/factories";
import { patchPages } from "./use-message-list";

const data = {
  pages: [{ items: [aMessage({ id: "a", state: "queued", attempts: 0 }), aMessage({ id: "b" })], next: "" }],
  pageParams: [""],
};

it("changes rows in place and adds none", () => {
  const patched = patchPages(data, [aMessage({ id: "new" }), aMessage({ id: "a", state: "sent", attempts: 1 })]);
  expect(patched.pages[0]?.items.map((message) => [message.id, message.state])).toEqual([
    ["a", "sent"],
    ["b", "sent"],
  ]);
});

it("is the same data when nothing changed", () => {
  expect(patchPages(data, [aMessage({ id: "b" })])).toBe(data);
});
