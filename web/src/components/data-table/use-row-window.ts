import { useLayoutEffect, useRef, useState, type RefObject } from "react";

export const ROW_HEIGHT = 32;
const HEADER_HEIGHT = 32;
const OVERSCAN = 10;
/** Used until the browser has measured, and where nothing has a size. */
const ASSUMED_HEIGHT = 640;

/** Scroll positions of the lists seen since the page was loaded. */
const positions = new Map<string, number>();

/** How far a list is scrolled, or was when it was last seen. */
export function listPosition(positionKey: string): number {
  return positions.get(positionKey) ?? 0;
}

interface RowWindow {
  ref: RefObject<HTMLDivElement | null>;
  first: number;
  last: number;
  onScroll: () => void;
  reveal: (index: number) => void;
}

/** Which rows of a long list are worth drawing; rows all have one height. */
export function useRowWindow(count: number, positionKey: string): RowWindow {
  const ref = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(ASSUMED_HEIGHT);

  useLayoutEffect(() => {
    const box = ref.current;
    if (!box) return undefined;
    box.scrollTop = listPosition(positionKey);
    const measure = () => {
      if (box.clientHeight > 0) setHeight(box.clientHeight);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => {
      observer.disconnect();
    };
  }, [positionKey]);

  return {
    ref,
    first: Math.max(0, Math.floor(top / ROW_HEIGHT) - OVERSCAN),
    last: Math.min(count, Math.ceil((top + height) / ROW_HEIGHT) + OVERSCAN),
    onScroll: () => {
      const now = ref.current?.scrollTop ?? 0;
      positions.set(positionKey, now);
      setTop(now);
    },
    reveal: (index) => {
      const box = ref.current;
      if (!box) return;
      const rowTop = index * ROW_HEIGHT;
      const room = (box.clientHeight || ASSUMED_HEIGHT) - HEADER_HEIGHT - ROW_HEIGHT;
      if (rowTop < box.scrollTop) box.scrollTop = rowTop;
      else if (rowTop > box.scrollTop + room) box.scrollTop = rowTop - room;
    },
  };
}
