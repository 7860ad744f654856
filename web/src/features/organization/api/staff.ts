import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { components, operations } from "@/lib/api/schema";

export type Staff = components["schemas"]["StaffRow"];
export type StaffFull = components["schemas"]["StaffFull"];
export type StaffEvent = components["schemas"]["StaffEvent"];
export type HeldSkill = components["schemas"]["HeldItem"];
export type NewStaff = Omit<components["schemas"]["StaffCreateRequestBody"], "$schema">;
export type StaffUpdate = Omit<components["schemas"]["StaffUpdateRequestBody"], "$schema">;
export type Contact = components["schemas"]["StaffRevealResponseBody"];

type ListQuery = NonNullable<operations["list-staff"]["parameters"]["query"]>;

/** What the list of staff can be narrowed to, as it stands in the address. */
export type StaffFilter = Pick<ListQuery, "q" | "centre" | "team" | "post" | "class" | "state" | "skill" | "level">;

const PAGE = 100;

export const staffKey = ["organization", "staff"] as const;

/** Staff by number. */
export function staffListQuery(filter: StaffFilter) {
  return infiniteQueryOptions({
    queryKey: [...staffKey, "list", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/staff", { params: { query: { ...filter, limit: PAGE, after: pageParam || undefined } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    // While a search is on its way, what was found before stays in sight.
    placeholderData: keepPreviousData,
  });
}

export function oneStaffQuery(id: string) {
  return queryOptions({
    queryKey: [...staffKey, "one", id],
    queryFn: ({ signal }): Promise<StaffFull> => unwrap(api.GET("/api/staff/{id}", { params: { path: { id } }, signal })),
  });
}

/** What was done to somebody, newest first. */
export function staffHistoryQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: [...staffKey, "history", id],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/staff/{id}/history", { params: { path: { id }, query: { limit: 20, after: pageParam || undefined } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export function createStaff(body: NewStaff, idempotencyKey: string) {
  return unwrap(api.POST("/api/staff", { params: { header: { "Idempotency-Key": idempotencyKey } }, body }));
}

export function updateStaff(id: string, body: StaffUpdate): Promise<StaffFull> {
  return unwrap(api.PUT("/api/staff/{id}", { params: { path: { id } }, body }));
}

export function moveStaff(staff: readonly Staff[], centre: string, team: string | null, reason: string) {
  const body = { staff: staff.map(({ id, version }) => ({ id, version })), centre_id: centre, team_id: team ?? undefined, reason };
  return unwrap(api.POST("/api/staff/move", { body }));
}

export function suspendStaff({ id, version }: Staff, reason: string): Promise<StaffFull> {
  return unwrap(api.POST("/api/staff/{id}/suspend", { params: { path: { id } }, body: { version, reason } }));
}

export function reinstateStaff({ id, version }: Staff, reason: string): Promise<StaffFull> {
  return unwrap(api.POST("/api/staff/{id}/reinstate", { params: { path: { id } }, body: { version, reason } }));
}

/** An empty day takes a planned leaving back. */
export function leaveStaff({ id, version }: Staff, leftOn: string, reason: string): Promise<StaffFull> {
  return unwrap(api.POST("/api/staff/{id}/leave", { params: { path: { id } }, body: { version, left_on: leftOn, reason } }));
}

export function revealStaff(id: string, reason: string): Promise<Contact> {
  return unwrap(api.POST("/api/staff/{id}/reveal", { params: { path: { id } }, body: { reason } }));
}
