import { useEffect, useRef, useState } from "react";
import { audioAddress, audioProblem, type Purpose } from "./api/recordings";

/** One audio element behind plain values: where it is, whether it plays, and what went wrong. */
export function usePlayer(id: string, length: number) {
  const audio = useRef<HTMLAudioElement | null>(null);
  const [now, setNow] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [waiting, setWaiting] = useState(false);
  const [speed, setSpeedShown] = useState(1);
  const [problem, setProblem] = useState<unknown>(null);
  const address = useRef("");

  useEffect(() => {
    const element = new Audio();
    element.preload = "none";
    audio.current = element;
    const listen = (name: keyof HTMLMediaElementEventMap, run: () => void) => {
      element.addEventListener(name, run);
    };
    listen("timeupdate", () => {
      setNow(element.currentTime);
    });
    listen("seeking", () => {
      setNow(element.currentTime);
    });
    listen("play", () => {
      setPlaying(true);
    });
    listen("pause", () => {
      setPlaying(false);
    });
    listen("waiting", () => {
      setWaiting(true);
    });
    for (const name of ["playing", "seeked", "pause"] as const) {
      listen(name, () => {
        setWaiting(false);
      });
    }
    listen("error", () => {
      setPlaying(false);
      setWaiting(false);
      const asked = address.current;
      if (asked !== "") void audioProblem(asked).then((found) => {
        if (asked === address.current) setProblem(found);
      });
    });
    return () => {
      address.current = "";
      element.pause();
      element.removeAttribute("src");
      element.load();
      audio.current = null;
    };
  }, [id]);

  /** Gives the element its source when it is needed first: loading is hearing. */
  const ready = (purpose: Purpose): HTMLAudioElement | null => {
    const element = audio.current;
    const wanted = audioAddress(id, purpose);
    if (element && address.current !== wanted) {
      const place = now;
      address.current = wanted;
      element.src = wanted;
      element.playbackRate = speed;
      element.currentTime = place;
    }
    return element;
  };

  return {
    now,
    playing,
    waiting,
    speed,
    problem,
    play: (purpose: Purpose) => {
      setProblem(null);
      const element = ready(purpose);
      if (element?.ended) element.currentTime = 0;
      // What refuses to play also tells by an event.
      element?.play().catch(() => undefined);
    },
    pause: () => {
      audio.current?.pause();
    },
    seek: (place: number) => {
      const to = Math.min(length, Math.max(0, place));
      setNow(to);
      if (audio.current && address.current !== "") audio.current.currentTime = to;
    },
    setSpeed: (wanted: number) => {
      setSpeedShown(wanted);
      if (audio.current) audio.current.playbackRate = wanted;
    },
  };
}
