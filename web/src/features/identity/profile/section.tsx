import type { ReactNode } from "react";
import styles from "./profile.module.css";

/** A part of the profile with its name, one line about it, and what can be done. */
export function Section({ title, note, action, children }: { title: string; note?: ReactNode; action?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles["section"]} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {note ? <p>{note}</p> : null}
        <div className={styles["action"]}>{action}</div>
      </header>
      {children}
    </section>
  );
}
