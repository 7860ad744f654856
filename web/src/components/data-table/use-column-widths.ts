import { usePreference } from "@/lib/preferences/use-preference";

const NARROWEST = 56;
const WIDEST = 900;

type Widths = Readonly<Record<string, number>>;

function widthsOf(value: unknown): Widths {
  if (typeof value !== "object" || value === null) return {};
  const widths: Record<string, number> = {};
  for (const [key, width] of Object.entries(value)) if (typeof width === "number") widths[key] = width;
  return widths;
}

/** The widths that a person gave to the columns of a table. */
export function useColumnWidths(id: string) {
  const [widths, save] = usePreference(`columns.${id}`, widthsOf);
  return {
    widths,
    resize: (key: string, width: number) => {
      save({ ...widths, [key]: Math.round(Math.min(WIDEST, Math.max(NARROWEST, width))) });
    },
    reset: (key: string) => {
      const rest = Object.fromEntries(Object.entries(widths).filter(([name]) => name !== key));
      save(Object.keys(rest).length === 0 ? undefined : rest);
    },
  };
}
