/**
 * The one set of colours, in two lights. Every name says a purpose, so that a page cannot pick a shade by taste.
 * The test beside this file checks the contrast of each pair that text is set in.
 */
export interface Palette {
  /** The page behind everything, and the navigation. */
  canvas: string;
  /** Panels, tables, forms. */
  surface: string;
  /** Rows under the pointer, chips, code. */
  sunken: string;
  /** The row or page that is open. */
  selected: string;
  line: string;
  /** Borders of things that can be operated: 3:1 against the surface. */
  control: string;
  text: string;
  muted: string;
  accent: string;
  accentHover: string;
  onAccent: string;
  focus: string;
  ok: string;
  okSoft: string;
  info: string;
  infoSoft: string;
  warning: string;
  warningSoft: string;
  fault: string;
  faultSoft: string;
  shadow: string;
}

export const light: Palette = {
  canvas: "#f4f6f6",
  surface: "#ffffff",
  sunken: "#eef1f2",
  selected: "#e3eff0",
  line: "#dfe5e6",
  control: "#87959a",
  text: "#152124",
  muted: "#55656a",
  accent: "#0b5f66",
  accentHover: "#0a7079",
  onAccent: "#ffffff",
  focus: "#0e7f89",
  ok: "#17703f",
  okSoft: "#e4f3ea",
  info: "#1b5fb8",
  infoSoft: "#e6effa",
  warning: "#8a5300",
  warningSoft: "#fdf1db",
  fault: "#b3261e",
  faultSoft: "#fce9e7",
  shadow: "0 1px 2px rgb(13 32 36 / 6%), 0 8px 28px rgb(13 32 36 / 12%)",
};

export const dark: Palette = {
  canvas: "#0e1315",
  surface: "#151c1e",
  sunken: "#1e272a",
  selected: "#17343a",
  line: "#2a3539",
  control: "#6b7b81",
  text: "#e5ecec",
  muted: "#9fafb3",
  accent: "#6ccbd0",
  accentHover: "#8bdade",
  onAccent: "#06272a",
  focus: "#7fd8dd",
  ok: "#62cf94",
  okSoft: "#12301f",
  info: "#85b6f8",
  infoSoft: "#15294a",
  warning: "#ecb655",
  warningSoft: "#38290d",
  fault: "#f58f86",
  faultSoft: "#421a17",
  shadow: "0 1px 2px rgb(0 0 0 / 40%), 0 10px 32px rgb(0 0 0 / 55%)",
};

export const palettes = { light, dark } as const;
export type Shade = keyof typeof palettes;

export const fontFamily =
  '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, -apple-system, "Segoe UI", sans-serif';
export const monoFamily = 'ui-monospace, "SF Mono", "Cascadia Mono", Consolas, "Noto Sans Mono CJK SC", monospace';
