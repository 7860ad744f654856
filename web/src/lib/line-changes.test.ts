import { expect, it } from "vitest";
import { lineChanges } from "./line-changes";

it("keeps what is common and names what was added and removed", () => {
  expect(lineChanges("a\nb\nc", "a\nx\nc\nd").map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    "same a",
    "removed b",
    "added x",
    "same c",
    "added d",
  ]);
});

it("gives both texts back from what it tells", () => {
  const texts = ["", "a", "a\nb", "b\na", "a\nb\na\nb", "b\nb\nc"];
  for (const before of texts) {
    for (const after of texts) {
      const changes = lineChanges(before, after);
      expect(changes.filter(({ kind }) => kind !== "added").map(({ text }) => text).join("\n")).toBe(before);
      expect(changes.filter(({ kind }) => kind !== "removed").map(({ text }) => text).join("\n")).toBe(after);
    }
  }
});
