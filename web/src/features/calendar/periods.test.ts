import { describe, expect, it } from "vitest";
import { hoursOf, joined, spansOf, wordsOf } from "./periods";

describe("periods", () => {
  it("are read as people write them and written back", () => {
    expect(wordsOf(spansOf("14:00-18:00，9：00—12:00") ?? [])).toBe("9:00-12:00, 14:00-18:00");
    expect(spansOf("22:00-6:00")).toEqual([{ start: 1320, end: 1800 }]);
    expect(wordsOf([{ start: 1320, end: 1800 }])).toBe("22:00-6:00");
    expect(spansOf("0:00-24:00")).toEqual([{ start: 0, end: 1440 }]);
    expect(wordsOf([{ start: 0, end: 1440 }])).toBe("0:00-24:00");
    expect(spansOf("")).toEqual([]);
  });
  it.each(["9-12", "9:00", "25:00-26:00", "9:60-10:00", "9:00-10:00-11:00", "24:00-1:00", "x"])("refuses %s", (text) => {
    expect(spansOf(text)).toBeNull();
  });
  it("become one where they touch", () => {
    expect(joined([{ start: 540, end: 720 }, { start: 840, end: 1080 }], { start: 720, end: 840 })).toEqual([{ start: 540, end: 1080 }]);
    expect(joined([{ start: 540, end: 600 }], { start: 660, end: 720 })).toHaveLength(2);
    expect(hoursOf([[{ start: 540, end: 720 }], [], [{ start: 0, end: 1440 }]])).toBe(27);
  });
});
