import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { components, paths } from "@/lib/api/schema";

export type Week = components["schemas"]["CalendarWeek"];
export type Period = Week["periods"][number];
type DayItem = components["schemas"]["CalendarDay"];
export type OwnDay = components["schemas"]["CalendarOwnDay"];
/** A day as it holds; the description of the API cannot say that own may be missing. */
export type Day = Omit<DayItem, "own"> & { own: OwnDay | null };
export type Span = OwnDay["periods"][number];
export type Deadline = paths["/api/calendar/deadline"]["get"]["responses"][200]["content"]["application/json"];
type DayBody = Omit<paths["/api/calendar/days"]["post"]["requestBody"]["content"]["application/json"], "$schema" | "centre_id">;
type WeekBody = Omit<paths["/api/calendar/weeks"]["post"]["requestBody"]["content"]["application/json"], "$schema" | "centre_id">;

export const calendarKey = ["calendar"] as const;

export function weeksQuery(centre: string | undefined) {
  return queryOptions({
    queryKey: [...calendarKey, "weeks", centre ?? ""],
    queryFn: ({ signal }) => unwrap(api.GET("/api/calendar/weeks", { params: { query: { centre } }, signal })),
  });
}

export function yearQuery(centre: string | undefined, year: number) {
  return queryOptions({
    queryKey: [...calendarKey, "year", centre ?? "", year],
    queryFn: async ({ signal }): Promise<{ days: Day[]; arrangement: string; centre: { id: string; name: string } }> =>
      unwrap(api.GET("/api/calendar/days", { params: { query: { centre, year } }, signal })),
  });
}

export function deadlineQuery(centre: string | undefined, start: string, minutes: number) {
  return queryOptions({
    queryKey: [...calendarKey, "deadline", centre ?? "", start, minutes],
    queryFn: ({ signal }): Promise<Deadline> => unwrap(api.GET("/api/calendar/deadline", { params: { query: { centre, start, minutes } }, signal })),
    retry: false,
  });
}

function useInvalidate() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: calendarKey });
}

/** Makes a week, or changes the version of one that this person saw. */
export function useSaveWeek(idempotencyKey: string) {
  const onSuccess = useInvalidate();
  return useMutation({
    mutationFn: ({ centre, on, body }: { centre: string; on: { id: string; version: number } | null; body: WeekBody }) =>
      on
        ? unwrap(api.PUT("/api/calendar/weeks/{id}", { params: { path: { id: on.id } }, body: { ...body, version: on.version } }))
        : unwrap(api.POST("/api/calendar/weeks", { params: { header: { "Idempotency-Key": idempotencyKey } }, body: { ...body, centre_id: centre } })),
    onSuccess,
  });
}

export function useDeleteWeek() {
  const onSuccess = useInvalidate();
  return useMutation({
    mutationFn: ({ id, version, reason }: { id: string; version: number; reason: string }) =>
      unwrap(api.DELETE("/api/calendar/weeks/{id}", { params: { path: { id }, query: { version, reason } } })),
    onSuccess,
  });
}

export function useSaveDay(idempotencyKey: string) {
  const onSuccess = useInvalidate();
  return useMutation({
    mutationFn: ({ centre, on, body }: { centre: string; on: { id: string; version: number } | null; body: DayBody }) =>
      on
        ? unwrap(api.PUT("/api/calendar/days/{id}", { params: { path: { id: on.id } }, body: { ...body, version: on.version } }))
        : unwrap(api.POST("/api/calendar/days", { params: { header: { "Idempotency-Key": idempotencyKey } }, body: { ...body, centre_id: centre } })),
    onSuccess,
  });
}

export function useDeleteDay() {
  const onSuccess = useInvalidate();
  return useMutation({
    mutationFn: ({ id, version, reason }: { id: string; version: number; reason: string }) =>
      unwrap(api.DELETE("/api/calendar/days/{id}", { params: { path: { id }, query: { version, reason } } })),
    onSuccess,
  });
}

/** Takes the public holidays of a year that the program knows; tells how many days were set. */
export function useTakeArrangement() {
  const onSuccess = useInvalidate();
  return useMutation({
    mutationFn: async ({ centre, year }: { centre: string; year: number }) =>
      (await unwrap(api.POST("/api/calendar/arrangements", { body: { centre_id: centre, year } }))).taken,
    onSuccess,
  });
}
