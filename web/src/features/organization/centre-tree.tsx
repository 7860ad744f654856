import { Input, Tree } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Centre } from "./api/centres";
import styles from "./organization.module.css";
import { branchesOf, pathsTo, type Branch } from "./tree-nodes";

interface Props {
  centres: readonly Centre[];
  selected: string | null;
  onSelect: (id: string) => void;
}

/** A tree of so many centres is shown open. */
const SMALL = 80;

/** The organisation as a tree: arrows walk and open, Enter chooses, typing above finds by name or code. */
export function CentreTree({ centres, selected, onSelect }: Props) {
  const { t } = useTranslation("organization");
  const [find, setFind] = useState("");
  const [opened, setOpened] = useState<readonly string[] | null>(null);
  const branches = useMemo(() => branchesOf(centres, find), [centres, find]);
  const expanded = useMemo(() => {
    if (find.trim() !== "" || (opened === null && centres.length <= SMALL)) return centres.map((centre) => centre.id);
    return opened ?? pathsTo(centres, selected);
  }, [find, opened, centres, selected]);
  return (
    <nav className={styles["side"]} aria-label={t("centre.tree")}>
      <div className={styles["find"]}>
        <Input.Search
          value={find}
          allowClear
          aria-label={t("centre.find")}
          placeholder={t("centre.find")}
          onChange={(event) => {
            setFind(event.target.value);
          }}
        />
      </div>
      <div className={styles["tree"]}>
        {branches.length === 0 ? <p className={styles["muted"]}>{t("centre.noneFound")}</p> : null}
        <Tree<Branch>
          blockNode
          showLine
          treeData={branches}
          expandedKeys={[...expanded]}
          selectedKeys={selected === null ? [] : [selected]}
          onExpand={(keys) => {
            setOpened(keys.map(String));
          }}
          onSelect={(_, { node }) => {
            onSelect(node.key);
          }}
          titleRender={({ centre }) => (
            <span className={styles["node"]}>
              <span className={centre.state === "closed" ? styles["closed"] : undefined} title={centre.name}>
                {centre.name}
              </span>
              <span className={styles["level"]}>
                {t(`levels.${centre.level}`)}
                {centre.state === "closed" ? t("centre.closedMark") : ""}
              </span>
            </span>
          )}
        />
      </div>
    </nav>
  );
}
