import type { Disposition } from "./api/contacts";

const MOST = 12;

function squeeze(text: string): string {
  return text.toLowerCase().replace(/\s+/g, "");
}

/** How well a node is meant: 1 exactly, 2 by its beginning, 3 inside, 0 not at all. */
function rank(node: Disposition, query: string): number {
  let best = 0;
  for (const text of [node.name, node.name_en, node.code, node.pinyin, node.initials]) {
    const word = squeeze(text);
    const now = word === query ? 1 : word.startsWith(query) ? 2 : word.includes(query) ? 3 : 0;
    if (now > 0 && (best === 0 || now < best)) best = now;
  }
  return best;
}

/**
 * The leaves that a query means, the best first: by name in either language, code, pinyin or initials, of itself or of
 * what stands above it; the order is the server's. Without a query none.
 */
export function find(tree: readonly Disposition[], text: string, most = MOST): Disposition[] {
  const query = squeeze(text);
  if (query === "") return [];
  const meant = new Set<string>();
  const hits: { node: Disposition; rank: number }[] = [];
  for (const node of tree) {
    const own = rank(node, query);
    const now = own === 0 && meant.has(node.parent) ? 4 : own;
    if (now === 0) continue;
    meant.add(node.code);
    if (node.leaf) hits.push({ node, rank: now });
  }
  return hits.sort((a, b) => a.rank - b.rank).slice(0, most).map(({ node }) => node);
}

/** The codes with one more, or without it. */
export function toggled(codes: readonly string[], code: string): readonly string[] {
  return codes.includes(code) ? codes.filter((other) => other !== code) : [...codes, code];
}

/** The codes with one of them in front: the main one. */
export function withMain(codes: readonly string[], code: string): readonly string[] {
  return [code, ...codes.filter((other) => other !== code)];
}
