import { useSyncExternalStore } from "react";
import { preferences } from "../preferences/preferences";
import { fontFamily, monoFamily, palettes, type Shade } from "./tokens";

export const modes = ["system", "light", "dark"] as const;
export type Mode = (typeof modes)[number];

const PREFERENCE = "theme";
const darkQuery = "(prefers-color-scheme: dark)";

function isMode(value: unknown): value is Mode {
  return modes.some((mode) => mode === value);
}

function storedMode(): Mode {
  const stored = preferences.get(PREFERENCE);
  return isMode(stored) ? stored : "system";
}

let mode: Mode = "system";
const listeners = new Set<() => void>();

function shadeOf(chosen: Mode): Shade {
  if (chosen !== "system") return chosen;
  return window.matchMedia(darkQuery).matches ? "dark" : "light";
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Writes the tokens onto the page as custom properties; our style sheets know no other colours. */
function paint(): void {
  const shade = shadeOf(mode);
  const root = document.documentElement;
  root.dataset["theme"] = shade;
  root.style.colorScheme = shade;
  for (const [name, value] of Object.entries(palettes[shade])) root.style.setProperty(`--${kebab(name)}`, String(value));
  root.style.setProperty("--font", fontFamily);
  root.style.setProperty("--mono", monoFamily);
  for (const listener of listeners) listener();
}

/** Paints before the first render, so that a dark room never sees a white flash. */
export function setupTheme(): void {
  mode = storedMode();
  window.matchMedia(darkQuery).addEventListener("change", paint);
  preferences.subscribe((key) => {
    if (key !== PREFERENCE || mode === storedMode()) return;
    mode = storedMode();
    paint();
  });
  paint();
}

export function setMode(next: Mode): void {
  mode = next;
  preferences.set(PREFERENCE, next);
  paint();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useMode(): Mode {
  return useSyncExternalStore(subscribe, () => mode);
}

export function useShade(): Shade {
  return useSyncExternalStore(subscribe, () => shadeOf(mode));
}
