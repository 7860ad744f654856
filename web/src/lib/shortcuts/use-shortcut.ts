import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { shortcuts, singleKeys, type Shortcut } from "./registry";

interface Options extends Omit<Shortcut, "keys"> {
  /** Alternatives are separated by a comma: "j,ArrowDown". */
  keys: string;
  enabled?: boolean;
}

/** Registers a shortcut while the component is mounted and `enabled` is not false. */
export function useShortcut({ id, keys, label, group, run, enabled = true }: Options): void {
  const onRun = useEffectEvent(run);
  useEffect(() => {
    if (!enabled) return undefined;
    return shortcuts.register({ id, keys: keys.split(","), label, group, run: () => { onRun(); } });
  }, [id, keys, label, group, enabled]);
}

export function useShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(shortcuts.watch, shortcuts.get);
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(shortcuts.watch, singleKeys.enabled);
}
