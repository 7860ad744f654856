import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type CodeTable = components["schemas"]["TableItem"];
export type CodeItem = components["schemas"]["CodeItem"];
export type CodeVersion = components["schemas"]["VersionItem"];
export type CodeChange = components["schemas"]["ItemChangeItem"];

export const codesKey = ["organization", "codes"] as const;
const LARGEST_PAGE = 200;

export const tablesQuery = queryOptions({
  queryKey: [...codesKey, "tables"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/api/code-tables", { signal }))).items,
});

/** The codes of a version, as people look for them. */
export function itemsQuery(code: string, version: number | undefined, find: string) {
  return infiniteQueryOptions({
    queryKey: [...codesKey, "items", code, version ?? 0, find],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 100, after: pageParam || undefined, version, q: find || undefined };
      return unwrap(api.GET("/api/code-tables/{code}/items", { params: { path: { code }, query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** The whole newest version of a table, for choosing from. */
export function wholeTableQuery(code: string) {
  return queryOptions({
    queryKey: [...codesKey, "whole", code],
    staleTime: 5 * 60_000,
    queryFn: async ({ signal }) => {
      const items: CodeItem[] = [];
      for (let after = ""; ; ) {
        const query = { limit: LARGEST_PAGE, after: after || undefined };
        const page = await unwrap(api.GET("/api/code-tables/{code}/items", { params: { path: { code }, query }, signal }));
        items.push(...page.items);
        if (page.next === "") return items;
        after = page.next;
      }
    },
  });
}

export function versionsQuery(code: string) {
  return queryOptions({
    queryKey: [...codesKey, "versions", code],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/code-tables/{code}/versions", { params: { path: { code } }, signal }))).items,
  });
}

export function differenceQuery(code: string, from: number, to: number) {
  return queryOptions({
    queryKey: [...codesKey, "difference", code, from, to],
    // What two versions say never changes.
    staleTime: Infinity,
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/api/code-tables/{code}/difference", { params: { path: { code }, query: { from, to } }, signal }))).items,
  });
}

export interface CodeEdit {
  base_version: number;
  note: string;
  set?: CodeItem[];
  remove?: string[];
}

export function publishCodes(code: string, body: CodeEdit, key: string): Promise<CodeVersion> {
  return unwrap(
    api.POST("/api/code-tables/{code}/versions", { params: { path: { code }, header: { "Idempotency-Key": key } }, body }),
  );
}

export interface TableValues {
  name_zh: string;
  name_en: string;
  owner: string;
  owner_centre_id?: string;
}

export function createTable(code: string, values: TableValues, key: string): Promise<CodeTable> {
  return unwrap(api.POST("/api/code-tables", { params: { header: { "Idempotency-Key": key } }, body: { code, ...values } }));
}

export function updateTable(code: string, edition: number, values: TableValues): Promise<CodeTable> {
  return unwrap(api.PUT("/api/code-tables/{code}", { params: { path: { code } }, body: { edition, ...values } }));
}

export function readTable(code: string): Promise<CodeTable> {
  return unwrap(api.GET("/api/code-tables/{code}", { params: { path: { code } } }));
}

/**
 * A code as it stands now, for somebody who saw `base`: what another editor made of it since, null when he took it
 * away. One that nobody touched is as it was seen, and a new one as it is written.
 */
export async function readCodeSince(code: string, base: number, mine: CodeItem, seen: CodeItem | null): Promise<{ version: number; item: CodeItem | null }> {
  const { version } = await readTable(code);
  const query = { from: Math.max(base, 1), to: version };
  const { items } = await unwrap(api.GET("/api/code-tables/{code}/difference", { params: { path: { code }, query } }));
  const touched = items.find((change) => (change.new ?? change.old)?.code === mine.code);
  return { version, item: touched ? (touched.new ?? null) : (seen ?? mine) };
}
