import { useRef } from "react";

export interface Ticks {
  has: (key: string) => boolean;
  all: boolean;
  some: boolean;
  toggle: (index: number, range: boolean) => void;
  toggleAll: () => void;
}

/** Which of the loaded rows are ticked; null when the list has no boxes. */
export function useTicks<Row>(
  rows: readonly Row[],
  rowKey: (row: Row) => string,
  ticked: ReadonlySet<string> | undefined,
  onTick: ((keys: ReadonlySet<string>) => void) | undefined,
): Ticks | null {
  const lastIndex = useRef<number | null>(null);
  if (ticked === undefined || onTick === undefined) return null;

  const toggle = (index: number, range: boolean) => {
    const row = rows[index];
    if (!row) return;
    const next = new Set(ticked);
    const on = !ticked.has(rowKey(row));
    const from = range ? (lastIndex.current ?? index) : index;
    for (const each of rows.slice(Math.min(from, index), Math.max(from, index) + 1)) {
      if (on) next.add(rowKey(each));
      else next.delete(rowKey(each));
    }
    lastIndex.current = index;
    onTick(next);
  };

  const all = rows.length > 0 && rows.every((row) => ticked.has(rowKey(row)));
  return {
    has: (key) => ticked.has(key),
    all,
    some: ticked.size > 0,
    toggle,
    toggleAll: () => {
      onTick(all ? new Set() : new Set(rows.map(rowKey)));
    },
  };
}
