import { preferences } from "../preferences/preferences";

/**
 * Keyboard shortcuts as data: what is registered works, is listed in the cheat sheet, and stops when its page
 * goes away. A key is written "k", "?", "Escape", "Mod+K" (Ctrl, or Cmd on a Mac) or as a sequence "g h".
 */
export type ShortcutGroup = "everywhere" | "list" | "page";

export interface Shortcut {
  id: string;
  keys: readonly string[];
  /** The keys that it came with, when this person has chosen others. */
  builtIn?: readonly string[];
  label: string;
  group: ShortcutGroup;
  run: () => void;
}

const SEQUENCE_MS = 1_200;
const SINGLE_KEYS = "single-keys";
const OWN_KEYS = "shortcut-keys";
/** Keys that a focused button, link or option needs for itself. */
const OWNED_BY_CONTROLS = new Set(["Enter", "ArrowUp", "ArrowDown", "Home", "End"]);
const CONTROLS = "button, a[href], summary, select, [role=button], [role=option], [role=combobox], [role=radio], [role=menuitem]";
const FUNCTION_KEY = /^F\d{1,2}$/;
const EDITABLE = "input, textarea, select, [contenteditable=true]";
/** Full-width forms that a Chinese input method types. */
const FULL_WIDTH: Record<string, string> = { "？": "?", "／": "/" };

let registered: readonly Shortcut[] = [];
/** What is registered, with the keys that this person chose. */
let list: readonly Shortcut[] = [];
const watchers = new Set<() => void>();
let pending = "";
let pendingAt = 0;

function chosenKeys(): ReadonlyMap<string, string> {
  const value = preferences.get(OWN_KEYS);
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function changed(next: readonly Shortcut[]): void {
  const own = chosenKeys();
  registered = next;
  list = next.map((shortcut) => {
    const keys = own.get(shortcut.id);
    return keys === undefined ? shortcut : { ...shortcut, keys: [keys], builtIn: shortcut.keys };
  });
  for (const watcher of watchers) watcher();
}

preferences.subscribe((key) => {
  if (key === OWN_KEYS || key === SINGLE_KEYS) changed(registered);
});

function keyOf(event: KeyboardEvent): string {
  const key = FULL_WIDTH[event.key] ?? event.key;
  if (event.ctrlKey || event.metaKey) return `Mod+${key.toUpperCase()}`;
  return key;
}

/** Whether the key belongs to whatever has the focus rather than to a shortcut. */
function belongsToFocus(event: KeyboardEvent, key: string): boolean {
  const target = event.target instanceof Element ? event.target : null;
  if (target === null) return false;
  if (key.startsWith("Mod+") || FUNCTION_KEY.test(key)) return false;
  if (target.closest("[role=dialog]")) return true;
  if (key === "Escape") return false;
  if (target.closest(EDITABLE)) return true;
  return OWNED_BY_CONTROLS.has(key) && target.closest(CONTROLS) !== null;
}

function find(keys: string): Shortcut | undefined {
  // The one registered last stands on top: a pane's Escape before the page's.
  return list.findLast((shortcut) => shortcut.keys.includes(keys));
}

function startsSequence(key: string): boolean {
  return list.some((shortcut) => shortcut.keys.some((keys) => keys.startsWith(`${key} `)));
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const key = keyOf(event);
  if (key === "Shift" || belongsToFocus(event, key)) return;
  if (key.length === 1 && key !== "?" && !singleKeys.enabled()) return;
  const sequence = pending !== "" && event.timeStamp - pendingAt < SEQUENCE_MS ? `${pending} ${key}` : key;
  pending = "";
  const shortcut = find(sequence) ?? find(key);
  if (shortcut) {
    event.preventDefault();
    shortcut.run();
  } else if (startsSequence(key)) {
    pending = key;
    pendingAt = event.timeStamp;
  }
}

export const shortcuts = {
  /** Listens on the page until the returned function is called. */
  listen: (): (() => void) => {
    document.addEventListener("keydown", onKeyDown);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
    };
  },
  register: (shortcut: Shortcut): (() => void) => {
    changed([...registered, shortcut]);
    return () => {
      changed(registered.filter((entry) => entry !== shortcut));
    };
  },
  get: (): readonly Shortcut[] => list,
  watch: (watcher: () => void): (() => void) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
};

/** Single letters can be switched off by those whose dictation or switch device types them by accident. */
export const singleKeys = {
  enabled: (): boolean => preferences.get(SINGLE_KEYS) !== "off",
  set: (enabled: boolean): void => {
    if (enabled) preferences.remove(SINGLE_KEYS);
    else preferences.set(SINGLE_KEYS, "off");
  },
};

/** Keys that browsers keep for themselves: choosing them would do nothing, or close the page. */
const TAKEN = new Set(["Mod+N", "Mod+T", "Mod+W", "Mod+L", "Mod+R", "Mod+Q", "Mod+F", "F5", "F11", "F12", "Tab", "Escape", "Enter", "Shift", "Control", "Alt", "Meta"]);

export type Unusable = { why: "taken_by_browser" } | { why: "in_use"; by: Shortcut };

/** The keys that a person gives to actions in the place of the built-in ones. */
export const keymap = {
  /** Why the keys cannot be given to the action; null when they can. */
  unusable: (id: string, keys: string): Unusable | null => {
    if (TAKEN.has(keys)) return { why: "taken_by_browser" };
    const by = list.find((entry) => entry.id !== id && entry.keys.some((other) => other === keys || other.startsWith(`${keys} `) || keys.startsWith(`${other} `)));
    return by === undefined ? null : { why: "in_use", by };
  },
  /** Gives the keys to the action; undefined gives the built-in ones back. */
  set: (id: string, keys: string | undefined): void => {
    const own = new Map(chosenKeys());
    if (keys === undefined) own.delete(id);
    else own.set(id, keys);
    if (own.size === 0) preferences.remove(OWN_KEYS);
    else preferences.set(OWN_KEYS, Object.fromEntries(own));
  },
  /** What a key press is called here: "k", "Mod+K", "F2"; undefined for a modifier alone. */
  nameOf: (event: KeyboardEvent): string | undefined => {
    const key = keyOf(event);
    return ["Shift", "Control", "Alt", "Meta", "Mod+CONTROL", "Mod+META", "Mod+SHIFT"].includes(key) ? undefined : key;
  },
};
