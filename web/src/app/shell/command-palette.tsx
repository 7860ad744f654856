import { Input, Modal, type InputRef } from "antd";
import { useId, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { Kbd } from "@/components/kbd";
import styles from "./command-palette.module.css";
import { matches, useCommands, type Command } from "./palette-commands";
import { useFound, useRecent } from "./palette-search";

/** Type a few letters, press Enter: every page, action, person and thing without the mouse. */
export function CommandPalette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const { t } = useTranslation("shell");
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<InputRef>(null);
  const prefix = useId();
  const { recent, remember } = useRecent();
  const { found: things, searching } = useFound(query);
  const commands = useCommands(onShortcuts).filter((command) => matches(command, query));
  const found = query.trim() === "" ? [...recent, ...commands] : [...commands, ...things];
  const current = Math.min(at, found.length - 1);

  const run = (command: Command | undefined) => {
    if (!command) return;
    remember(command);
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, current + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, current - 1));
    else if (event.key === "Enter") run(found[current]);
    else return;
    event.preventDefault();
  };

  return (
    <Modal
      open
      footer={null}
      closable={false}
      width={560}
      style={{ top: "14vh" }}
      styles={{ container: { padding: 0 } }}
      title={<span className="visually-hidden">{t("palette.label")}</span>}
      classNames={{ header: styles["header"] }}
      onCancel={onClose}
      afterOpenChange={(open) => {
        if (open) input.current?.focus();
      }}
    >
      <Input
        ref={input}
        autoFocus
        variant="borderless"
        className={styles["input"]}
        role="combobox"
        aria-expanded
        aria-controls={`${prefix}-list`}
        aria-activedescendant={found[current] ? `${prefix}-${found[current].id}` : undefined}
        aria-label={t("palette.label")}
        placeholder={t("palette.placeholder")}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={`${prefix}-list`} role="listbox" aria-label={t("palette.results")} className={styles["list"]}>
        {found.map((command, index) => (
          <div
            key={command.id}
            ref={index === current ? (option) => option?.scrollIntoView({ block: "nearest" }) : undefined}
            id={`${prefix}-${command.id}`}
            role="option"
            aria-selected={index === current}
            className={styles["option"]}
            onMouseMove={() => {
              setAt(index);
            }}
            onClick={() => {
              run(command);
            }}
          >
            <span className={styles["kind"]}>{t(`palette.${command.kind}`)}</span>
            <span className={styles["name"]}>{command.label}</span>
            {command.note ? <span className={styles["kind"]}>{command.note}</span> : null}
            {command.keys ? <Kbd keys={command.keys} /> : null}
          </div>
        ))}
      </div>
      {found.length === 0 ? (
        <p className={styles["nothing"]}>{searching ? t("palette.searching") : t("palette.nothing", { query })}</p>
      ) : null}
    </Modal>
  );
}
