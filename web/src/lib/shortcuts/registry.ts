/**
 * Keyboard shortcuts as data: what is registered works, is listed in the cheat sheet, and stops when its page
 * goes away. A key is written "k", "?", "Escape", "Mod+K" (Ctrl, or Cmd on a Mac) or as a sequence "g h".
 */
export type ShortcutGroup = "everywhere" | "list" | "page";

export interface Shortcut {
  id: string;
  keys: readonly string[];
  label: string;
  group: ShortcutGroup;
  run: () => void;
}

const SEQUENCE_MS = 1_200;
const SINGLE_KEYS_OFF = "yingda.single-keys-off";
/** Keys that a focused button, link or option needs for itself. */
const OWNED_BY_CONTROLS = new Set(["Enter", "ArrowUp", "ArrowDown", "Home", "End"]);
const CONTROLS = "button, a[href], summary, select, [role=button], [role=option], [role=combobox], [role=radio], [role=menuitem]";
const FUNCTION_KEY = /^F\d{1,2}$/;
const EDITABLE = "input, textarea, select, [contenteditable=true]";
/** Full-width forms that a Chinese input method types. */
const FULL_WIDTH: Record<string, string> = { "？": "?", "／": "/" };

let list: readonly Shortcut[] = [];
const watchers = new Set<() => void>();
let pending = "";
let pendingAt = 0;

function changed(next: readonly Shortcut[]): void {
  list = next;
  for (const watcher of watchers) watcher();
}

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
    changed([...list, shortcut]);
    return () => {
      changed(list.filter((entry) => entry !== shortcut));
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
  enabled: (): boolean => window.localStorage.getItem(SINGLE_KEYS_OFF) === null,
  set: (enabled: boolean): void => {
    if (enabled) window.localStorage.removeItem(SINGLE_KEYS_OFF);
    else window.localStorage.setItem(SINGLE_KEYS_OFF, "1");
    changed([...list]);
  },
};
