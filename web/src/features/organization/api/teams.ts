import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type Team = components["schemas"]["TeamItem"];

export interface TeamValues {
  code: string;
  name: string;
  shift: string;
  leader_id: string | null;
}

export const teamsKey = ["organization", "teams"] as const;

/** The teams of one centre; two hundred are more than any has. */
export function teamsQuery(centre: string) {
  return queryOptions({
    queryKey: [...teamsKey, centre],
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/api/teams", { params: { query: { centre_id: centre, limit: 200 } }, signal }))).items,
  });
}

export function readTeam(id: string): Promise<Team> {
  return unwrap(api.GET("/api/teams/{id}", { params: { path: { id } } }));
}

export function createTeam(centre: string, { leader_id, ...values }: TeamValues, key: string): Promise<Team> {
  const body = { centre_id: centre, ...values, leader_id: leader_id ?? undefined };
  return unwrap(api.POST("/api/teams", { params: { header: { "Idempotency-Key": key } }, body }));
}

export function updateTeam(id: string, version: number, values: TeamValues): Promise<Team> {
  return unwrap(api.PUT("/api/teams/{id}", { params: { path: { id } }, body: { version, ...values } }));
}

export function closeTeam(team: Team, reason: string): Promise<Team> {
  return unwrap(api.POST("/api/teams/{id}/close", { params: { path: { id: team.id } }, body: { version: team.version, reason } }));
}

export function reopenTeam(team: Team, reason: string): Promise<Team> {
  return unwrap(api.POST("/api/teams/{id}/reopen", { params: { path: { id: team.id } }, body: { version: team.version, reason } }));
}
