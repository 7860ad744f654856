import styles from "./chips.module.css";

export interface Chip<Value extends string> {
  value: Value;
  label: string;
}

interface Props<Value extends string> {
  label: string;
  chips: readonly Chip<Value>[];
  value: Value;
  onChange: (value: Value) => void;
}

/** One choice of a few, all in sight: the filters above a list. */
export function Chips<Value extends string>({ label, chips, value, onChange }: Props<Value>) {
  return (
    <div role="group" aria-label={label} className={styles["chips"]}>
      <span className={styles["label"]} aria-hidden>
        {label}
      </span>
      {chips.map((chip) => (
        <button
          key={chip.value}
          type="button"
          className={styles["chip"]}
          aria-pressed={chip.value === value}
          onClick={() => {
            onChange(chip.value);
          }}
        >
          {chip.label}
        </button>
      ))}
    </div>
  );
}
