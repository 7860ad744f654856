import { useTranslation } from "react-i18next";
import { lineChanges } from "@/lib/line-changes";
import styles from "./line-difference.module.css";

const SIGNS = { same: " ", added: "+", removed: "−" } as const;

/** Two texts line by line: what was taken out, what was put in, with a sign and not only a colour. */
export function LineDifference({ before, after, label }: { before: string; after: string; label: string }) {
  const { t } = useTranslation("common");
  return (
    <pre className={styles["text"]} aria-label={label} tabIndex={0}>
      {lineChanges(before, after).map(({ kind, text }, index) => (
        // Lines have no identity of their own; the whole is drawn anew when a text changes.
        <span key={index} className={styles[kind]}>
          <span className={styles["sign"]} aria-label={kind === "same" ? undefined : t(`lines.${kind}`)}>
            {SIGNS[kind]}
          </span>
          {text || " "}
        </span>
      ))}
    </pre>
  );
}
