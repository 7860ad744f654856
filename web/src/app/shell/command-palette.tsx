import { useNavigate } from "@tanstack/react-router";
import { Input, Modal, type InputRef } from "antd";
import { useId, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { Kbd } from "@/components/kbd";
import { useLanguage } from "@/lib/i18n/hooks";
import { changeLanguage } from "@/lib/i18n/setup";
import { modes, setMode } from "@/lib/theme/mode";
import styles from "./command-palette.module.css";
import { usePages } from "./use-pages";

interface Command {
  id: string;
  kind: "goTo" | "do";
  label: string;
  keywords: string;
  keys?: string;
  run: () => void;
}

function useCommands(onShortcuts: () => void): Command[] {
  const { t } = useTranslation("shell");
  const navigate = useNavigate();
  const pages = usePages();
  const other = useLanguage() === "zh-CN" ? "en" : "zh-CN";
  return [
    ...pages.map((page): Command => ({
      id: page.name,
      kind: "goTo",
      label: t(`pages.${page.name}`),
      keywords: t(`keywords.${page.name}`),
      keys: page.keys,
      run: () => void navigate({ to: page.to }),
    })),
    ...modes.map((mode): Command => ({
      id: `theme.${mode}`,
      kind: "do",
      label: t("theme.use", { name: t(`theme.${mode}`) }),
      keywords: t("keywords.theme"),
      run: () => {
        setMode(mode);
      },
    })),
    {
      id: "language",
      kind: "do",
      label: t("language.use", { name: t(`language.${other}`) }),
      keywords: t("keywords.language"),
      run: () => void changeLanguage(other),
    },
    {
      id: "shortcuts",
      kind: "do",
      label: t("shortcuts.open"),
      keywords: t("keywords.shortcuts"),
      keys: "?",
      run: onShortcuts,
    },
  ];
}

function matches(command: Command, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${command.label} ${command.keywords}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Type a few letters, press Enter: every page and action without the mouse. */
export function CommandPalette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const { t } = useTranslation("shell");
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<InputRef>(null);
  const prefix = useId();
  const found = useCommands(onShortcuts).filter((command) => matches(command, query));
  const current = Math.min(at, found.length - 1);

  const run = (command: Command | undefined) => {
    if (!command) return;
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
            {command.keys ? <Kbd keys={command.keys} /> : null}
          </div>
        ))}
      </div>
      {found.length === 0 ? <p className={styles["nothing"]}>{t("palette.nothing", { query })}</p> : null}
    </Modal>
  );
}
