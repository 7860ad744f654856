import { beforeEach, describe, expect, it } from "vitest";
import { afterEvent, allowed } from "./agent-state";
import type { MyAgent } from "./api/agent";
import type { Disposition } from "./api/contacts";
import { since, skew, until } from "./clock";
import { drafts, shown, unsent, type Stored } from "./draft";
import { find, toggled, withMain } from "./find";
import { spaced } from "./number";

function anAgent(over: Partial<MyAgent> = {}): MyAgent {
  return {
    session: "s", staff: "p", number: "4108", name: "n", phone: "6108", centre: "c", state: "ready", reason: "", since: "2026-11-21T08:00:00Z", wanted: "ready",
    wrap_up: false, signed_in: "2026-11-21T07:00:00Z", here: true, ...over,
  };
}

function node(code: string, parent: string, name: string, pinyin: string, initials: string, leaf = true): Disposition {
  return { id: code, code, name, name_en: code.toLowerCase(), path: name, path_en: code, parent, depth: parent === "" ? 1 : 2, leaf, pinyin, initials };
}

const tree = [
  node("FAULT", "", "故障申告", "guzhangshengao", "gzsg", false),
  node("FAULT.BROADBAND", "FAULT", "宽带故障", "kuandaiguzhang", "kdgz"),
  node("FAULT.MOBILE", "FAULT", "手机信号", "shoujixinhao", "sjxh"),
  node("QUERY", "", "查询", "chaxun", "cx", false),
  node("QUERY.BILL", "QUERY", "话费账单", "huafeizhangdan", "hfzd"),
];

describe("finding a disposition", () => {
  it.each([
    ["kdgz", "FAULT.BROADBAND"],
    ["huafei", "QUERY.BILL"],
    ["信号", "FAULT.MOBILE"],
    ["Query.Bill", "QUERY.BILL"],
  ])("%s finds %s first", (text, code) => {
    expect(find(tree, text)[0]?.code).toBe(code);
  });

  it("finds what stands below a word, after what has it in its own name", () => {
    expect(find(tree, "故障").map(({ code }) => code)).toEqual(["FAULT.BROADBAND", "FAULT.MOBILE"]);
    expect(find(tree, " ")).toEqual([]);
  });

  it("keeps the main one in front", () => {
    expect(withMain(toggled(toggled([], "a"), "b"), "b")).toEqual(["b", "a"]);
    expect(toggled(["b", "a"], "b")).toEqual(["a"]);
  });
});

describe("drafts", () => {
  const stored: Stored = { note: "old", noteRevision: 1, codes: ["a"], codesRevision: 1 };
  beforeEach(() => {
    window.localStorage.clear();
  });

  it("survive a reload, belong to one person and contact, and go with the acknowledgement", () => {
    drafts.keep("me", "c1", { note: "text" });
    expect(drafts.load("me", "c1").note).toBe("text");
    expect(drafts.load("you", "c1").note).toBeUndefined();
    expect(drafts.contacts("me")).toEqual(["c1"]);
    drafts.keep("me", "c1", {});
    expect(drafts.contacts("me")).toEqual([]);
  });

  it("are swept when their contacts are long over, or cannot be read", () => {
    drafts.keep("me", "old", { note: "x" }, Date.now() - 4 * 24 * 3600_000);
    drafts.keep("me", "new", { note: "y" });
    window.localStorage.setItem("yingda.desk.draft.me.bad", "{");
    drafts.sweep();
    expect(drafts.contacts("me")).toEqual(["new"]);
  });

  it("are unsent only where they differ from what is stored", () => {
    expect(unsent({ note: "old ", codes: ["a"] }, stored)).toEqual({ note: undefined, codes: undefined });
    expect(unsent({ note: "", codes: ["a", "b"] }, stored)).toEqual({ note: "", codes: ["a", "b"] });
    expect(shown({ note: "" }, stored)).toEqual({ note: "", codes: ["a"] });
  });
});

describe("the agent after an event", () => {
  it("is shown at once, and asked for when this page may not be the one any more", () => {
    const first = afterEvent(anAgent(), { ...anAgent({ state: "talking" }), login: "l1" }, "l1");
    expect(first.agent?.state).toBe("talking");
    expect(first.stale).toBe(false);
    expect(afterEvent(anAgent(), { ...anAgent(), login: "l2" }, "l1").stale).toBe(true);
    expect(afterEvent(undefined, { ...anAgent(), login: "l1" }, "l1").agent).toBeUndefined();
    expect(afterEvent(anAgent(), {}, "l1").stale).toBe(true);
  });

  it("has no contact when the event has none", () => {
    const known = anAgent({ contact: { id: "x", queue_id: "q", queue: "g", queue_name: "g", caller: "", key_at: "", waited_ms: 0, offered_at: "" } });
    expect(afterEvent(known, { ...anAgent(), login: "l" }, "l").agent?.contact).toBeUndefined();
  });

  it("may do what fits the state, and nothing from another place", () => {
    expect(allowed(anAgent({ state: "wrap_up" }))).toMatchObject({ end: true, wish: false, break: true });
    expect(allowed(anAgent({ state: "no_answer" })).ready).toBe(true);
    expect(Object.values(allowed(anAgent({ here: false, state: "wrap_up" }))).some(Boolean)).toBe(false);
  });
});

describe("time", () => {
  it("runs by the server's clock where this computer's is wrong", () => {
    const here = Date.parse("2026-11-21T08:00:00Z");
    skew.learn("Sat, 21 Nov 2026 08:10:00 GMT", here);
    expect(since("2026-11-21T08:09:00Z", skew.now(here))).toBe(60);
    skew.learn("Sat, 21 Nov 2026 08:00:01 GMT", here);
    expect(skew.now(here)).toBe(here);
    expect(until("2026-11-21T08:00:30Z", here)).toBe(30);
    expect(until("2026-11-21T07:00:00Z", here)).toBe(0);
  });

  it("shows numbers in groups", () => {
    expect(spaced("+86154****8519")).toBe("154 **** 8519");
    expect(spaced("0755****12")).toBe("0755****12");
  });
});
