import { Button } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Kbd } from "@/components/kbd";
import { keymap, type Shortcut } from "@/lib/shortcuts/registry";
import { useShortcuts } from "@/lib/shortcuts/use-shortcut";
import styles from "./profile.module.css";

/** Other keys for the actions that work everywhere; a sequence of two is taken too. */
export function OwnKeys() {
  const { t } = useTranslation("identity");
  const shortcuts = useShortcuts().filter(({ group }) => group === "everywhere");
  const [recording, setRecording] = useState<string | null>(null);
  const [refusal, setRefusal] = useState("");

  useEffect(() => {
    if (recording === null) return undefined;
    const onKey = (event: KeyboardEvent) => {
      const keys = keymap.nameOf(event);
      if (keys === undefined || keys === "Tab") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      setRecording(null);
      if (keys === "Escape") return;
      const unusable = keymap.unusable(recording, keys);
      if (unusable === null) {
        keymap.set(recording, keys);
        setRefusal("");
      } else {
        setRefusal(unusable.why === "in_use" ? t("keys.inUse", { by: unusable.by.label }) : t("keys.takenByBrowser"));
      }
    };
    // Before every other listener: the key is recorded, not run.
    window.addEventListener("keydown", onKey, { capture: true });
    return () => {
      window.removeEventListener("keydown", onKey, { capture: true });
    };
  }, [recording, t]);

  const change = (shortcut: Shortcut) => {
    setRefusal("");
    setRecording(shortcut.id);
  };
  return (
    <>
      <p className={styles["muted"]}>{t("keys.about")}</p>
      <p role="status" className={styles["muted"]}>
        {recording === null ? refusal : t("keys.press")}
      </p>
      <ul className={styles["keys"]}>
        {shortcuts.map((shortcut) => (
          <li key={shortcut.id}>
            <span>{shortcut.label}</span>
            <span>
              {shortcut.keys.map((keys) => (
                <Kbd key={keys} keys={keys} />
              ))}
            </span>
            <span>
              <Button
                size="small"
                type={recording === shortcut.id ? "primary" : "default"}
                aria-label={t("keys.changeOf", { action: shortcut.label })}
                onClick={() => {
                  change(shortcut);
                }}
              >
                {t(recording === shortcut.id ? "keys.recording" : "keys.change")}
              </Button>{" "}
              {shortcut.builtIn ? (
                <Button
                  size="small"
                  type="text"
                  onClick={() => {
                    keymap.set(shortcut.id, undefined);
                  }}
                >
                  {t("keys.reset")}
                </Button>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
