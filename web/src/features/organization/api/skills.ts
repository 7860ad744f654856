import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import type { StaffFilter } from "./staff";

export type Skill = components["schemas"]["SkillItem"];
export type MatrixRow = components["schemas"]["MatrixItem"];
export type ExpiringSkill = components["schemas"]["ExpiringItem"];
export type NewSkill = Omit<components["schemas"]["SkillCreateRequestBody"], "$schema">;
export type SkillUpdate = Omit<components["schemas"]["SkillUpdateRequestBody"], "$schema" | "version">;
export type Grant = Omit<components["schemas"]["GrantRequestBody"], "$schema">;

export const SKILL_KINDS = ["business", "customer", "language", "channel", "system"] as const satisfies readonly Skill["kind"][];

export const skillsKey = ["organization", "skills"] as const;

/** All skills; two hundred are more than an operator has. */
export const skillsQuery = queryOptions({
  queryKey: [...skillsKey, "all"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/api/skills", { params: { query: { limit: 200 } }, signal }))).items,
  staleTime: 60_000,
});

/** Staff by number with what they hold. */
export function matrixQuery(filter: StaffFilter) {
  return infiniteQueryOptions({
    queryKey: [...skillsKey, "matrix", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/staff-skills", { params: { query: { ...filter, limit: 100, after: pageParam || undefined } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    // While a search is on its way, what was found before stays in sight.
    placeholderData: keepPreviousData,
  });
}

export function expiringQuery(days: number) {
  return infiniteQueryOptions({
    queryKey: [...skillsKey, "expiring", days],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/staff-skills/expiring", { params: { query: { days, limit: 100, after: pageParam || undefined } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** The skill as it is stored now; skills are few, and no endpoint gives a single one. */
export async function readSkill(id: string): Promise<Skill> {
  let after: string | undefined;
  do {
    const page = await unwrap(api.GET("/api/skills", { params: { query: { limit: 200, after } } }));
    const found = page.items.find((skill) => skill.id === id);
    if (found) return found;
    after = page.next || undefined;
  } while (after !== undefined);
  throw new Error("the skill is not there any more");
}

export function createSkill(body: NewSkill, idempotencyKey: string) {
  return unwrap(api.POST("/api/skills", { params: { header: { "Idempotency-Key": idempotencyKey } }, body }));
}

export function updateSkill(id: string, version: number, values: SkillUpdate): Promise<Skill> {
  return unwrap(api.PUT("/api/skills/{id}", { params: { path: { id } }, body: { version, ...values } }));
}

export function grantSkill(body: Grant) {
  return unwrap(api.POST("/api/staff-skills/grant", { body }));
}

export function withdrawSkill(skill: string, staff: readonly string[], reason: string) {
  return unwrap(api.POST("/api/staff-skills/withdraw", { body: { skill_id: skill, staff_ids: [...staff], reason } }));
}
