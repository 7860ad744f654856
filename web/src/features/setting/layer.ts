import type { Entry, Node, Refinement, Tree } from "./api/trees";

/** What this person has changed in what a centre contributes, before it is published. */
export interface Draft {
  nodes: Node[];
  refinements: Refinement[];
  /** Codes whose row differs from what was published. */
  changed: ReadonlySet<string>;
}

export function draftOf(tree: Tree): Draft {
  return { nodes: tree.layer.nodes, refinements: tree.layer.refinements, changed: new Set() };
}

/** Makes or replaces a node of the centre's own. */
export function withNode(draft: Draft, node: Node): Draft {
  const there = draft.nodes.some((entry) => entry.code === node.code);
  return {
    ...draft,
    nodes: there ? draft.nodes.map((entry) => (entry.code === node.code ? node : entry)) : [...draft.nodes, node],
    changed: new Set([...draft.changed, node.code]),
  };
}

/** Names or hides a node from above; saying nothing takes the refinement away. */
export function withRefinement(draft: Draft, refinement: Refinement): Draft {
  const others = draft.refinements.filter((entry) => entry.code !== refinement.code);
  const nothing = refinement.zh === "" && refinement.en === "" && !refinement.hidden;
  return {
    ...draft,
    refinements: nothing ? others : [...others, refinement],
    changed: new Set([...draft.changed, refinement.code]),
  };
}

export interface Row {
  code: string;
  parent: string;
  zh: string;
  en: string;
  depth: number;
  /** The centre's own node; a node from above otherwise. */
  own: Node | null;
  above: Entry | null;
  refinement: Refinement | null;
  off: boolean;
}

function given(own: string | undefined, above: string): string {
  return own === undefined || own === "" ? above : own;
}

/** The tree as it would be with the draft: parents before children, brothers by position, then code. */
export function rowsOf(tree: Tree, draft: Draft): Row[] {
  const own = new Map(draft.nodes.map((node) => [node.code, node]));
  const refined = new Map(draft.refinements.map((entry) => [entry.code, entry]));
  const rows = new Map<string, Row & { position: number }>();
  for (const entry of tree.entries) {
    if (entry.owner.id === tree.centre.id) continue;
    const refinement = refined.get(entry.code) ?? null;
    rows.set(entry.code, {
      code: entry.code,
      parent: entry.parent,
      zh: given(refinement?.zh, entry.zh),
      en: given(refinement?.en, entry.en),
      depth: 0,
      own: null,
      above: entry,
      refinement,
      off: entry.retired || (entry.hidden_by !== null && entry.hidden_by.id !== tree.centre.id) || (refinement?.hidden ?? false),
      position: entry.position,
    });
  }
  for (const node of own.values()) {
    rows.set(node.code, { ...node, depth: 0, own: node, above: null, refinement: null, off: node.retired });
  }
  const children = new Map<string, (Row & { position: number })[]>();
  for (const row of rows.values()) {
    const parent = rows.has(row.parent) ? row.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), row]);
  }
  const out: Row[] = [];
  const visit = (parent: string, depth: number, off: boolean) => {
    const list = children.get(parent) ?? [];
    for (const row of list.sort((a, b) => a.position - b.position || (a.code < b.code ? -1 : 1))) {
      out.push({ ...row, depth, off: off || row.off });
      visit(row.code, depth + 1, off || row.off);
    }
  };
  visit("", 1, false);
  return out;
}
