import { Modal, Switch } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Kbd } from "@/components/kbd";
import { singleKeys } from "@/lib/shortcuts/registry";
import { useShortcuts, useSingleKeys } from "@/lib/shortcuts/use-shortcut";
import styles from "./shortcut-sheet.module.css";

const GROUPS = ["everywhere", "list", "page"] as const;

/** All keys that work now, and the switch for those who type them by accident. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("shell");
  const id = useId();
  const shortcuts = useShortcuts();
  const enabled = useSingleKeys();
  return (
    <Modal open footer={null} width={620} title={t("shortcuts.title")} onCancel={onClose}>
      <div className={styles["groups"]}>
        {GROUPS.map((group) => {
          const entries = shortcuts.filter((shortcut) => shortcut.group === group);
          if (entries.length === 0) return null;
          return (
            <section key={group}>
              <h3>{t(`shortcuts.groups.${group}`)}</h3>
              <ul>
                {entries.map((shortcut) => (
                  <li key={shortcut.id}>
                    <span>{shortcut.label}</span>
                    <span className={styles["keys"]}>
                      {shortcut.keys.map((keys) => (
                        <Kbd key={keys} keys={keys} />
                      ))}
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          );
        })}
      </div>
      <div className={styles["switch"]}>
        <Switch
          id={id}
          size="small"
          checked={enabled}
          onChange={(checked) => {
            singleKeys.set(checked);
          }}
        />
        <label htmlFor={id}>{t("shortcuts.singleKeys")}</label>
        <span>{t("shortcuts.singleKeysHint")}</span>
      </div>
    </Modal>
  );
}
