import type { Centre } from "./api/centres";

/** A centre with what stands below it. */
export interface Branch {
  key: string;
  centre: Centre;
  children: Branch[];
}

function foundBy(centre: Centre, find: string): boolean {
  return `${centre.name} ${centre.code}`.toLowerCase().includes(find);
}

/**
 * The centres as a tree; a centre whose parent is not visible stands at the top. With a text to find, only what
 * has it in name or code is kept, and what leads there.
 */
export function branchesOf(centres: readonly Centre[], find: string): Branch[] {
  const wanted = find.trim().toLowerCase();
  const branches = new Map(centres.map((centre) => [centre.id, { key: centre.id, centre, children: [] as Branch[] }]));
  const roots: Branch[] = [];
  for (const branch of branches.values()) {
    (branches.get(branch.centre.parent_id ?? "")?.children ?? roots).push(branch);
  }
  if (wanted === "") return roots;
  const keep = (list: readonly Branch[]): Branch[] =>
    list
      .map((branch) => ({ ...branch, children: keep(branch.children) }))
      .filter((branch) => branch.children.length > 0 || foundBy(branch.centre, wanted));
  return keep(roots);
}

/** What must be open to see a centre: everything above it; with none, the top. */
export function pathsTo(centres: readonly Centre[], id: string | null): string[] {
  const byId = new Map(centres.map((centre) => [centre.id, centre]));
  const open: string[] = [];
  for (let at = byId.get(id ?? ""); at !== undefined && !open.includes(at.id); at = byId.get(at.parent_id ?? "")) open.push(at.id);
  if (open.length > 0) return open;
  const [first] = centres;
  return first ? [first.id] : [];
}

const DEPTH = { nation: 0, province: 1, city: 2, site: 3 } as const;

/** The levels that may stand below a centre. */
export function levelsBelow(level: Centre["level"]): Centre["level"][] {
  const all = ["province", "city", "site"] as const;
  return all.filter((below) => DEPTH[below] > DEPTH[level] || (below === "site" && level === "site"));
}

/** The levels below which a centre may stand. */
export function levelsAbove(level: Centre["level"]): Centre["level"][] {
  const all = ["nation", "province", "city", "site"] as const;
  return all.filter((above) => DEPTH[above] < DEPTH[level] || (above === "site" && level === "site"));
}
