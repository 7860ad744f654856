import { expect, it } from "vitest";
import { blocksOf, inlineOf } from "./markdown";

it("knows headings, paragraphs, lists and marks", () => {
  expect(blocksOf("## 职责\n接听\n来电\n\n- 一\n- **二**\n1. 甲\n2、乙")).toEqual([
    { kind: "heading", depth: 2, line: [{ text: "职责", mark: "none" }] },
    { kind: "paragraph", lines: [[{ text: "接听", mark: "none" }], [{ text: "来电", mark: "none" }]] },
    { kind: "list", ordered: false, start: 1, items: [[{ text: "一", mark: "none" }], [{ text: "二", mark: "strong" }]] },
    { kind: "list", ordered: true, start: 1, items: [[{ text: "甲", mark: "none" }], [{ text: "乙", mark: "none" }]] },
  ]);
});

it("leaves everything else as the text that it is", () => {
  const hostile = "<script>alert(1)</script> [x](javascript:alert(1)) **open *and `not closed";
  expect(inlineOf(hostile)).toEqual([{ text: hostile, mark: "none" }]);
  expect(blocksOf("")).toEqual([]);
  expect(inlineOf("a **b** *c* `d` e").map(({ text, mark }) => `${mark}:${text}`)).toEqual([
    "none:a ", "strong:b", "none: ", "em:c", "none: ", "code:d", "none: e",
  ]);
});

it("is quick with long text", () => {
  const begin = performance.now();
  blocksOf("*".repeat(20_000));
  blocksOf("**a".repeat(7_000));
  expect(performance.now() - begin).toBeLessThan(2_000);
});
