import { expect, it } from "vitest";
import type { Centre } from "./api/centres";
import { branchesOf, levelsAbove, levelsBelow, pathsTo } from "./tree-nodes";

function centre(id: string, parent: string | null, name: string): Centre {
  return {
    id,
    parent_id: parent,
    name,
    code: id.toUpperCase(),
    level: "site",
    province: "440000",
    city: "440100",
    time_zone: "Asia/Shanghai",
    state: "active",
    version: 1,
    created_at: "2026-11-20T00:00:00Z",
    updated_at: "2026-11-20T00:00:00Z",
    updated_by: "",
  };
}

const all = [centre("n", null, "全国"), centre("gd", "n", "广东"), centre("gz", "gd", "广州"), centre("fj", "n", "福建")];

it("puts each centre below its parent, and one without a visible parent at the top", () => {
  const [root, ...rest] = branchesOf(all, "");
  expect(rest).toEqual([]);
  expect(root?.children.map((branch) => branch.key)).toEqual(["gd", "fj"]);
  expect(branchesOf(all.slice(1), "").map((branch) => branch.key)).toEqual(["gd", "fj"]);
});

it("keeps what leads to what was found, by name or code", () => {
  const found = branchesOf(all, " 广州 ");
  expect(found[0]?.children[0]?.children[0]?.key).toBe("gz");
  expect(found[0]?.children).toHaveLength(1);
  expect(branchesOf(all, "fj")[0]?.children[0]?.key).toBe("fj");
  expect(branchesOf(all, "nowhere")).toEqual([]);
});

it("opens what is above the chosen centre, else the top", () => {
  expect(pathsTo(all, "gz")).toEqual(["gz", "gd", "n"]);
  expect(pathsTo(all, "gone")).toEqual(["n"]);
  expect(pathsTo([], null)).toEqual([]);
});

it("lets levels descend; only a site stands below a site", () => {
  expect(levelsBelow("nation")).toEqual(["province", "city", "site"]);
  expect(levelsBelow("city")).toEqual(["site"]);
  expect(levelsBelow("site")).toEqual(["site"]);
  expect(levelsAbove("city")).toEqual(["nation", "province"]);
  expect(levelsAbove("site")).toEqual(["nation", "province", "city", "site"]);
});
