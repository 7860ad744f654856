import styles from "./kbd.module.css";

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const SHOWN: Record<string, string> = {
  Mod: isMac ? "⌘" : "Ctrl",
  Escape: "Esc",
  ArrowDown: "↓",
  ArrowUp: "↑",
  Enter: "↵",
};

/** A shortcut as keys: "Mod+K" becomes Ctrl K, "g h" becomes g h. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <span className={styles["keys"]}>
      {keys.split(/[+ ]/).map((key, index) => (
        <kbd key={`${key}${index}`} className={styles["key"]}>
          {SHOWN[key] ?? key}
        </kbd>
      ))}
    </span>
  );
}
