import type { ReactNode } from "react";
import styles from "./empty-state.module.css";

interface Props {
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

/** What would be here, and the first step towards it. */
export function EmptyState({ title, children, action }: Props) {
  return (
    <div className={styles["empty"]}>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}
