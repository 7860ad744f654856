import { useState } from "react";

const NARROWEST = 56;
const WIDEST = 900;

type Widths = Record<string, number>;

function storeKey(id: string): string {
  return `yingda.columns.${id}`;
}

function read(id: string): Widths {
  try {
    const value: unknown = JSON.parse(window.localStorage.getItem(storeKey(id)) ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    const widths: Widths = {};
    for (const [key, width] of Object.entries(value)) if (typeof width === "number") widths[key] = width;
    return widths;
  } catch {
    return {};
  }
}

/** The widths that a person gave to the columns of a table, remembered in this browser. */
export function useColumnWidths(id: string) {
  const [widths, setWidths] = useState(() => read(id));
  const save = (next: Widths) => {
    setWidths(next);
    window.localStorage.setItem(storeKey(id), JSON.stringify(next));
  };
  return {
    widths,
    resize: (key: string, width: number) => {
      save({ ...widths, [key]: Math.round(Math.min(WIDEST, Math.max(NARROWEST, width))) });
    },
    reset: (key: string) => {
      save(Object.fromEntries(Object.entries(widths).filter(([name]) => name !== key)));
    },
  };
}
