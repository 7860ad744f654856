import { useMemo, useSyncExternalStore } from "react";
import { preferences } from "./preferences";

function textOf(key: string): string {
  const value = preferences.get(key);
  return value === undefined ? "" : JSON.stringify(value);
}

/** The value of a preference, as `read` understands it: what a page of another version wrote may be anything. */
export function usePreference<Value>(key: string, read: (value: unknown) => Value): [Value, (value: Value | undefined) => void] {
  const text = useSyncExternalStore(preferences.subscribe, () => textOf(key));
  // `read` is a plain function of the value: a new one each time gives the same.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const value = useMemo(() => read(text === "" ? undefined : (JSON.parse(text) as unknown)), [text, key]);
  return [
    value,
    (next) => {
      if (next === undefined) preferences.remove(key);
      else preferences.set(key, next);
    },
  ];
}
