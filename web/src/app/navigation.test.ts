import { expect, it } from "vitest";
import { allPages } from "./navigation";

it("gives no two pages the same keys, address or name", () => {
  for (const of of [(page: (typeof allPages)[number]) => page.keys, (page: (typeof allPages)[number]) => page.to, (page: (typeof allPages)[number]) => page.name]) {
    const seen = allPages.map(of);
    expect(seen.filter((value, index) => seen.indexOf(value) !== index)).toEqual([]);
  }
});
