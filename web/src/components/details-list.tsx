import type { ReactNode } from "react";
import styles from "./details-list.module.css";

export interface Detail {
  name: string;
  value: ReactNode;
}

/** Names and values in two columns; entries without a value are left out. */
export function DetailsList({ items }: { items: readonly Detail[] }) {
  return (
    <dl className={styles["list"]}>
      {items
        .filter(({ value }) => value !== "" && value !== null && value !== undefined)
        .map(({ name, value }) => (
          <div key={name} className={styles["row"]}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
