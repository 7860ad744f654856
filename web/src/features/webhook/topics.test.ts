import { expect, it } from "vitest";
import { splitTopics, toggleTopic } from "./topics";

it("splits topics however they are separated, once each", () => {
  expect(splitTopics(" a.b, c.d\u3001e.f\uff0ca.b\n")).toEqual(["a.b", "c.d", "e.f"]);
  expect(splitTopics("  ")).toEqual([]);
});

it("adds a topic and takes it out again", () => {
  expect(toggleTopic("", "a.b")).toBe("a.b");
  expect(toggleTopic("a.b c.d", "a.b")).toBe("c.d");
});
