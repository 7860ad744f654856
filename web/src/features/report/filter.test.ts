import { describe, expect, it } from "vitest";
import { addDays, daysOf, queryOf, readFilter } from "./filter";
import { figureText, withoutEnds } from "./figure";

const sunday = "2026-11-22";

describe("the period of a report", () => {
  it("is today unless something else is chosen", () => {
    expect(daysOf({}, sunday)).toEqual({ from: sunday, to: sunday });
    expect(daysOf({ period: "yesterday" }, "2026-03-01")).toEqual({ from: "2026-02-28", to: "2026-02-28" });
  });

  it("begins a week on Monday and a month on its first", () => {
    expect(daysOf({ period: "week" }, sunday)).toEqual({ from: "2026-11-16", to: sunday });
    expect(daysOf({ period: "week" }, "2026-11-16")).toEqual({ from: "2026-11-16", to: "2026-11-16" });
    expect(daysOf({ period: "month" }, sunday)).toEqual({ from: "2026-11-01", to: sunday });
    expect(addDays("2024-02-28", 1)).toBe("2024-02-29");
  });

  it("is what the address says, and nothing that makes no sense", () => {
    expect(daysOf(readFilter({ period: "own", from: "2026-11-01", to: "yesterday" }), sunday)).toEqual({ from: "2026-11-01", to: "2026-11-01" });
    expect(readFilter({ report: "nothing", period: "year", target: -1, goal: 101, simulated: "yes" })).toEqual(readFilter({}));
  });
});

describe("the rules of counting", () => {
  it("are sent one by one only when they are one's own", () => {
    expect(queryOf({ rules: "queue", target: 30 }, sunday)).not.toHaveProperty("target");
    expect(queryOf({ rules: "own", stop: "talking", target: 30, short: 5 }, sunday)).toMatchObject({ start: "key", stop: "talking", target: 30, short: 5, short_talk: 0 });
  });
});

describe("a figure", () => {
  it("is written as its unit asks", () => {
    expect(figureText(1234, "count", "zh-CN")).toBe("1,234");
    expect(figureText(85.04, "percent", "en")).toBe("85.0%");
    expect(figureText(8.25, "seconds", "en")).toBe("8.3 s");
    expect(figureText(83, "seconds", "en")).toBe("01:23");
    expect(figureText(1.5, "hours", "zh-CN")).toBe("1:30:00");
    expect(figureText(3_600_000, "bytes", "en")).toBe("3.4 MB");
    expect(figureText(0.126, "erlang", "en")).toBe("0.13");
    expect(figureText(null, "percent", "en")).toBe("—");
  });
});

describe("half hours", () => {
  it("are shown from the first to the last that has something, the empty ones between them too", () => {
    const row = (key: string, value: number | null) => ({ key, code: key, name: { zh: key, en: key }, depth: 0, values: [value, null] });
    const table = { key: "traffic", name: { zh: "", en: "" }, head: { zh: "", en: "" }, columns: [], rows: [row("a", 0), row("b", 1), row("c", 0), row("d", 2), row("e", null)] };
    expect(withoutEnds(table, "half_hour").rows.map(({ key }) => key)).toEqual(["b", "c", "d"]);
    expect(withoutEnds(table, "day").rows).toHaveLength(5);
    expect(withoutEnds({ ...table, rows: [row("a", 0)] }, "half_hour").rows).toEqual([]);
  });
});
