import { useEffect, useRef } from "react";

interface Props {
  label: string;
  checked: boolean;
  /** Some but not all of what it stands for is ticked. */
  partly?: boolean;
  /** With shift held, everything between the last tick and this one. */
  onToggle: (range: boolean) => void;
}

/** A box to tick a row: the browser's own, because there may be hundreds. */
export function TickBox({ label, checked, partly = false, onToggle }: Props) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = partly && !checked;
  }, [partly, checked]);
  return (
    <input
      ref={box}
      type="checkbox"
      aria-label={label}
      checked={checked}
      tabIndex={-1}
      onClick={(event) => {
        // The row under it would open.
        event.stopPropagation();
        onToggle(event.shiftKey);
      }}
      onChange={() => undefined}
    />
  );
}
