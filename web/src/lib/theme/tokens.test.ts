import { describe, expect, it } from "vitest";
import { palettes, type Palette } from "./tokens";

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const TEXT_ON: [keyof Palette, (keyof Palette)[]][] = [
  ["text", ["canvas", "surface", "sunken", "selected", "okSoft", "infoSoft", "warningSoft", "faultSoft"]],
  ["muted", ["canvas", "surface", "sunken", "selected", "okSoft", "infoSoft", "warningSoft", "faultSoft"]],
  ["accent", ["canvas", "surface", "selected"]],
  ["onAccent", ["accent", "accentHover"]],
  ["ok", ["surface", "canvas", "sunken", "selected", "okSoft"]],
  ["info", ["surface", "sunken", "selected", "infoSoft"]],
  ["warning", ["surface", "sunken", "selected", "warningSoft"]],
  ["fault", ["surface", "canvas", "sunken", "selected", "faultSoft"]],
];

describe.each(Object.entries(palettes))("%s", (_, palette) => {
  const textPairs = TEXT_ON.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground] as const));

  it.each(textPairs)("sets %s on %s with at least 4.5:1", (text, ground) => {
    expect(contrast(palette[text], palette[ground])).toBeGreaterThanOrEqual(4.5);
  });

  it.each([
    ["control", "surface"],
    ["focus", "surface"],
    ["focus", "canvas"],
  ] as const)("draws %s on %s with at least 3:1", (line, ground) => {
    expect(contrast(palette[line], palette[ground])).toBeGreaterThanOrEqual(3);
  });
});
