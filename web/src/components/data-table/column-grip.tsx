import type { PointerEvent } from "react";
import styles from "./data-table.module.css";

interface Props {
  onResize: (width: number) => void;
  onReset: () => void;
}

/** The edge of a column: drag to set its width, double click to give it back. */
export function ColumnGrip({ onResize, onReset }: Props) {
  const start = (down: PointerEvent<HTMLSpanElement>) => {
    const cell = down.currentTarget.parentElement;
    if (!cell) return;
    down.preventDefault();
    const grip = down.currentTarget;
    const from = down.clientX;
    const width = cell.getBoundingClientRect().width;
    const move = (event: globalThis.PointerEvent) => {
      onResize(width + event.clientX - from);
    };
    grip.setPointerCapture(down.pointerId);
    grip.addEventListener("pointermove", move);
    grip.addEventListener(
      "lostpointercapture",
      () => {
        grip.removeEventListener("pointermove", move);
      },
      { once: true },
    );
  };
  return <span aria-hidden className={styles["grip"]} onPointerDown={start} onDoubleClick={onReset} />;
}
