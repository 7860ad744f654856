import { useEffect, useRef } from "react";
import { preferences } from "@/lib/preferences/preferences";

const SOUND = "desk-sound";
const FLASH_MS = 700;
const RING_MS = 2_400;

export const sound = {
  on: (): boolean => preferences.get(SOUND) !== "off",
  set: (on: boolean): void => {
    if (on) preferences.remove(SOUND);
    else preferences.set(SOUND, "off");
  },
};

let context: AudioContext | null = null;

/** Browsers make no sound before the person has pressed something on the page: call it from a press. */
export function unlockSound(): void {
  try {
    context ??= new AudioContext();
    void context.resume();
  } catch {
    context = null;
  }
}

/** Two soft notes, so that it is heard and nobody starts. */
function chime(): void {
  if (context?.state !== "running") return;
  const begin = context.currentTime;
  for (const [index, hertz] of [660, 880].entries()) {
    const tone = context.createOscillator();
    const level = context.createGain();
    const at = begin + index * 0.22;
    tone.frequency.value = hertz;
    level.gain.setValueAtTime(0, at);
    level.gain.linearRampToValueAtTime(0.16, at + 0.02);
    level.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
    tone.connect(level).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.55);
  }
}

/** While the phone rings the tab's title flashes and the page sounds, also when another tab is in front. */
export function useRing(ringing: boolean, words: string): void {
  const title = useRef("");
  useEffect(() => {
    if (!ringing) return undefined;
    title.current = document.title;
    let shown = false;
    const flash = () => {
      shown = !shown;
      document.title = shown ? words : title.current;
    };
    const ring = () => {
      if (sound.on()) chime();
    };
    flash();
    ring();
    const flashing = window.setInterval(flash, FLASH_MS);
    const sounding = window.setInterval(ring, RING_MS);
    return () => {
      window.clearInterval(flashing);
      window.clearInterval(sounding);
      document.title = title.current;
    };
  }, [ringing, words]);
}
