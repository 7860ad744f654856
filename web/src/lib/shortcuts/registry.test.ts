import { fireEvent } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keymap, shortcuts, singleKeys } from "./registry";

let stops: (() => void)[] = [];

function add(id: string, ...keys: string[]) {
  const run = vi.fn();
  stops.push(shortcuts.register({ id, keys, label: id, group: "page", run }));
  return run;
}

beforeEach(() => {
  stops = [shortcuts.listen()];
  document.body.innerHTML = '<input /><button>go</button><div role="dialog"><button>in</button></div>';
});

afterEach(() => {
  for (const stop of stops) stop();
  document.body.innerHTML = "";
});

function element(selector: string): Element {
  const found = document.querySelector(selector);
  if (!found) throw new Error(selector);
  return found;
}

it("runs single keys, combinations and sequences", () => {
  const j = add("next", "j", "ArrowDown");
  const palette = add("palette", "Mod+K");
  const go = add("go", "g h");
  fireEvent.keyDown(document.body, { key: "j" });
  fireEvent.keyDown(document.body, { key: "ArrowDown" });
  fireEvent.keyDown(document.body, { key: "k", ctrlKey: true });
  fireEvent.keyDown(document.body, { key: "g" });
  fireEvent.keyDown(document.body, { key: "h" });
  expect(j).toHaveBeenCalledTimes(2);
  expect(palette).toHaveBeenCalledTimes(1);
  expect(go).toHaveBeenCalledTimes(1);
});

it("leaves letters to text fields, also while Chinese is being composed", () => {
  const run = add("new", "n");
  const palette = add("palette", "Mod+K");
  fireEvent.keyDown(element("input"), { key: "n" });
  fireEvent.keyDown(document.body, { key: "n", isComposing: true });
  expect(run).not.toHaveBeenCalled();
  fireEvent.keyDown(element("input"), { key: "k", ctrlKey: true });
  expect(palette).toHaveBeenCalled();
});

it("understands the question mark of a Chinese keyboard", () => {
  const sheet = add("sheet", "?");
  fireEvent.keyDown(document.body, { key: "？", shiftKey: true });
  expect(sheet).toHaveBeenCalled();
});

it("leaves Enter to a focused button and everything to an open dialog", () => {
  const enter = add("open", "Enter");
  const escape = add("close", "Escape");
  fireEvent.keyDown(element("button"), { key: "Enter" });
  fireEvent.keyDown(element("[role=dialog] button"), { key: "Escape" });
  expect(enter).not.toHaveBeenCalled();
  expect(escape).not.toHaveBeenCalled();
  fireEvent.keyDown(element("button"), { key: "Escape" });
  expect(escape).toHaveBeenCalledTimes(1);
});

it("prefers what was registered last and falls back when that goes", () => {
  const page = add("page", "Escape");
  const pane = add("pane", "Escape");
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect(page).not.toHaveBeenCalled();
  stops.pop()?.();
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect(pane).toHaveBeenCalledTimes(1);
  expect(page).toHaveBeenCalledTimes(1);
});

it("can switch single keys off, except the one that explains", () => {
  const next = add("next", "j");
  const sheet = add("sheet", "?");
  singleKeys.set(false);
  fireEvent.keyDown(document.body, { key: "j" });
  fireEvent.keyDown(document.body, { key: "?" });
  expect(next).not.toHaveBeenCalled();
  expect(sheet).toHaveBeenCalled();
});

it("follows the keys that a person chose, refuses those in use, and gives the built-in ones back", () => {
  const next = add("list.next", "j");
  add("list.previous", "k");
  expect(keymap.unusable("list.next", "k")).toMatchObject({ why: "in_use", by: { id: "list.previous" } });
  expect(keymap.unusable("list.next", "Mod+W")).toEqual({ why: "taken_by_browser" });
  expect(keymap.unusable("list.next", "Mod+J")).toBeNull();
  keymap.set("list.next", "Mod+J");
  fireEvent.keyDown(document.body, { key: "j" });
  expect(next).not.toHaveBeenCalled();
  fireEvent.keyDown(document.body, { key: "j", ctrlKey: true });
  expect(next).toHaveBeenCalledOnce();
  expect(shortcuts.get().find((entry) => entry.id === "list.next")).toMatchObject({ keys: ["Mod+J"], builtIn: ["j"] });
  keymap.set("list.next", undefined);
  fireEvent.keyDown(document.body, { key: "j" });
  expect(next).toHaveBeenCalledTimes(2);
});
