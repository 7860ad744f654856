import { TreeSelect } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCentres, type Centre } from "@/lib/places/use-centres";

export interface CentreTreeProps {
  /** Set by the form field around it. */
  id?: string;
  value?: string | null;
  onChange?: (id: string | null) => void;
  /** The levels that can be chosen; the others only lead to them. */
  levels?: readonly Centre["level"][];
  /** Offers no closed centres unless they are the value. */
  closed?: boolean;
  allowClear?: boolean;
  disabled?: boolean;
  placeholder?: string;
  /** What it chooses, where no form field says it. */
  label?: string;
}

/** A tree of so many centres is shown open. */
const SMALL = 60;

interface Node {
  value: string;
  title: string;
  search: string;
  disabled: boolean;
  children: Node[];
}

/** The centres as a tree with their parents resolved; a centre whose parent is not visible stands at the top. */
function nodesOf(list: readonly Centre[], levels: CentreTreeProps["levels"], keep: (centre: Centre) => boolean): Node[] {
  const nodes = new Map<string, Node>();
  for (const centre of list.filter(keep)) {
    nodes.set(centre.id, {
      value: centre.id,
      title: centre.name,
      search: `${centre.name} ${centre.code}`.toLowerCase(),
      disabled: levels !== undefined && !levels.includes(centre.level),
      children: [],
    });
  }
  const roots: Node[] = [];
  for (const centre of list) {
    const node = nodes.get(centre.id);
    if (node) (nodes.get(centre.parent_id)?.children ?? roots).push(node);
  }
  return roots;
}

/** The tree behind the picker of centres; in a script of its own, because trees are large. */
export function CentreTree({ id, value, onChange, levels, closed = false, allowClear = false, disabled, placeholder, label }: CentreTreeProps) {
  const { t } = useTranslation("parts");
  const { list, pending, error } = useCentres();
  const tree = useMemo(
    () => nodesOf(list, levels, (centre) => closed || centre.state === "active" || centre.id === value),
    [list, levels, closed, value],
  );
  const [expanded, setExpanded] = useState<string[] | null>(null);
  return (
    <TreeSelect<string | null, Node>
      id={id}
      aria-label={label}
      value={value ?? null}
      treeData={tree}
      loading={pending}
      status={error ? "error" : undefined}
      disabled={disabled}
      allowClear={allowClear}
      placeholder={placeholder ?? t("centre.choose")}
      notFoundContent={error ? t("centre.failed") : t("centre.none")}
      showSearch={{ filterTreeNode: (input, node) => String(node["search"]).includes(input.toLowerCase()) }}
      treeExpandedKeys={expanded ?? (list.length <= SMALL ? list : tree).map((node) => ("id" in node ? node.id : node.value))}
      onTreeExpand={(keys) => {
        setExpanded(keys.map(String));
      }}
      treeLine
      popupMatchSelectWidth={false}
      style={{ width: "100%", minWidth: 180 }}
      onChange={(next) => onChange?.(next)}
    />
  );
}
