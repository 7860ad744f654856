import { CloseOutlined, StarFilled, StarOutlined } from "@ant-design/icons";
import { Button, Input, Tooltip, type InputRef } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Kbd } from "@/components/kbd";
import { useLanguage } from "@/lib/i18n/hooks";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { treeQuery, type Disposition } from "./api/contacts";
import { find, toggled, withMain } from "./find";
import styles from "./desk.module.css";

/** As many as the server takes. */
const MOST = 10;

interface Props {
  codes: readonly string[];
  onChange: (codes: readonly string[]) => void;
}

/** What the contact was about: found by pinyin, initials or words, several, the first of them the main one. */
export function DispositionBox({ codes, onChange }: Props) {
  const { t } = useTranslation("desk");
  const english = useLanguage() === "en";
  const tree = useQuery(treeQuery());
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<InputRef>(null);
  const id = useId();
  const nodes = useMemo(() => tree.data ?? [], [tree.data]);
  const found = useMemo(() => find(nodes, text), [nodes, text]);
  const leaves = useMemo(() => nodes.filter(({ leaf }) => leaf), [nodes]);
  const active = Math.min(at, found.length - 1);
  useShortcut({ id: "desk.dispositions", keys: "F8", label: t("act.dispositions"), group: "page", run: () => { input.current?.focus({ cursor: "all" }); } });

  const nameOf = (node: Disposition | undefined, code: string) => (node === undefined ? code : english ? node.path_en : node.path).replaceAll("/", " / ");
  const choose = (node: Disposition) => {
    if (!codes.includes(node.code) && codes.length >= MOST) return;
    onChange(toggled(codes, node.code));
    setText("");
    setAt(0);
  };
  const onKeyDown = (key: string): boolean => {
    const node = found[active];
    if (key === "ArrowDown") setAt(Math.min(active + 1, found.length - 1));
    else if (key === "ArrowUp") setAt(Math.max(active - 1, 0));
    else if (key === "Enter" && node !== undefined) choose(node);
    else if (key === "Escape" && text !== "") setText("");
    else if (key === "Backspace" && text === "" && codes.length > 0) onChange(codes.slice(0, -1));
    else return false;
    return true;
  };
  const chosen = codes.map((code) => ({ code, node: leaves.find((leaf) => leaf.code === code) }));
  return (
    <section className={styles["box"]} aria-label={t("disposition.title")}>
      <div className={styles["boxHead"]}>
        <h2>{t("disposition.title")}</h2>
        <Kbd keys="F8" />
        <span>{chosen.length > 1 ? t("disposition.mainFirst") : null}</span>
      </div>
      <ul className={styles["chosen"]} aria-label={t("disposition.chosen")}>
        {chosen.map(({ code, node }, index) => (
          <li key={code} data-main={index === 0 || undefined}>
            <Tooltip title={index === 0 ? t("disposition.main") : t("disposition.makeMain")}>
              <Button
                type="text"
                size="small"
                aria-label={t("disposition.makeMainOf", { name: nameOf(node, code) })}
                aria-pressed={index === 0}
                icon={index === 0 ? <StarFilled aria-hidden /> : <StarOutlined aria-hidden />}
                onClick={() => { onChange(withMain(codes, code)); }}
              />
            </Tooltip>
            <span>{nameOf(node, code)}</span>
            <Button
              type="text"
              size="small"
              aria-label={t("disposition.remove", { name: nameOf(node, code) })}
              icon={<CloseOutlined aria-hidden />}
              onClick={() => { onChange(toggled(codes, code)); }}
            />
          </li>
        ))}
        {chosen.length === 0 ? <li className={styles["none"]}>{t("disposition.none")}</li> : null}
      </ul>
      <Input
        ref={input}
        value={text}
        allowClear
        role="combobox"
        aria-label={t("disposition.search")}
        aria-expanded={found.length > 0}
        aria-controls={id}
        aria-activedescendant={found.length > 0 ? `${id}-${active}` : undefined}
        placeholder={t("disposition.placeholder")}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (!event.nativeEvent.isComposing && onKeyDown(event.key)) event.preventDefault();
        }}
      />
      <div className={styles["found"]}>
        <ul id={id} role="listbox" aria-label={t("disposition.results")}>
          {found.map((node, index) => (
            <li
              key={node.code}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              data-chosen={codes.includes(node.code) || undefined}
              onMouseDown={(event) => { event.preventDefault(); }}
              onClick={() => { choose(node); }}
            >
              <span>{nameOf(node, node.code)}</span>
              <code>{node.initials}</code>
            </li>
          ))}
        </ul>
        {text !== "" && found.length === 0 ? <p className={styles["none"]}>{t("disposition.nothing")}</p> : null}
        {text === "" ? <Groups nodes={nodes} english={english} codes={codes} onChoose={choose} /> : null}
      </div>
    </section>
  );
}

/** The whole tree in columns, for who does not know the word: the leaves below what stands at the top. */
function Groups({ nodes, english, codes, onChoose }: { nodes: readonly Disposition[]; english: boolean; codes: readonly string[]; onChoose: (node: Disposition) => void }) {
  const tops = nodes.filter(({ parent }) => parent === "");
  const name = (node: Disposition) => (english ? node.name_en : node.name);
  return (
    <div className={styles["tree"]}>
      {tops.map((top) => (
        <div key={top.code} role="group" aria-label={name(top)}>
          <h3>{name(top)}</h3>
          {nodes
            .filter((node) => node.leaf && (node.code === top.code || node.path.startsWith(`${top.path}/`)))
            .map((node) => (
              <button key={node.code} type="button" tabIndex={-1} aria-pressed={codes.includes(node.code)} onClick={() => { onChoose(node); }}>
                {name(node)}
              </button>
            ))}
        </div>
      ))}
    </div>
  );
}
