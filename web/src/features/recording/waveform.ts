/** The width of the drawing in its own units; it is stretched to the width of the player. */
export const WIDTH = 1000;
/** The height of both channels together. */
export const HEIGHT = 100;

/** Loudness from 0 to 255 as a closed line that swings both ways about the middle of one channel. */
export function wavePath(peaks: readonly number[], middle: number, reach: number): string {
  if (peaks.length === 0) return "";
  const step = WIDTH / peaks.length;
  const swing = (peak: number) => Math.max(0.4, (peak / 255) * reach);
  const point = (x: number, y: number) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const above = peaks.map((peak, i) => point((i + 0.5) * step, middle - swing(peak)));
  const below = peaks.map((peak, i) => point((i + 0.5) * step, middle + swing(peak))).reverse();
  return `M${point(0, middle)}L${above.join("L")}L${point(WIDTH, middle)}L${below.join("L")}Z`;
}

/** Where a place under the pointer lies in a recording, in seconds. */
export function placeAt(x: number, left: number, width: number, length: number): number {
  if (width <= 0) return 0;
  return Math.min(length, Math.max(0, ((x - left) / width) * length));
}

/** The place that a key moves to, or undefined when the key is none of the player's. */
export function placeByKey(key: string, now: number, length: number): number | undefined {
  const steps: Record<string, number> = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30, Home: -Infinity, End: Infinity };
  const step = steps[key];
  return step === undefined ? undefined : Math.min(length, Math.max(0, now + step));
}
