import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { components, operations } from "@/lib/api/schema";

export type Area = components["schemas"]["AreaItem"];
export type Selector = Area["selector"];
export type Explanation = components["schemas"]["ExplainResponseBody"];

/** The selectors, the most specific first. */
export const SELECTORS = ["called", "called_prefix", "city", "area_code", "province", "nation"] as const satisfies readonly Selector[];

export interface AreaFilter {
  centre?: string;
  service?: string;
  selector?: Selector;
  ended?: boolean;
}

export interface AreaValues {
  centre_id: string;
  service: string;
  selector: Selector;
  value: string;
  valid_from?: string;
  valid_until?: string;
  note: string;
}

export type Question = NonNullable<operations["explain-service-area"]["parameters"]["query"]>;

export const areasKey = ["organization", "areas"] as const;

export function areasQuery({ centre, service, selector, ended }: AreaFilter) {
  return infiniteQueryOptions({
    queryKey: [...areasKey, "list", { centre, service, selector, ended }],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 100, after: pageParam || undefined, centre_id: centre, service, selector, ended };
      return unwrap(api.GET("/api/service-areas", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** The service areas of one centre, as its page shows them. */
export function centreAreasQuery(centre: string) {
  return queryOptions({
    queryKey: [...areasKey, "centre", centre],
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/api/service-areas", { params: { query: { centre_id: centre, limit: 200 } }, signal }))).items,
  });
}

export function explainQuery(question: Question) {
  return queryOptions({
    queryKey: [...areasKey, "explain", question],
    queryFn: ({ signal }) => unwrap(api.GET("/api/service-areas/explain", { params: { query: question }, signal })),
  });
}

export function readArea(id: string): Promise<Area> {
  return unwrap(api.GET("/api/service-areas/{id}", { params: { path: { id } } }));
}

export function createArea(body: AreaValues, key: string): Promise<Area> {
  return unwrap(api.POST("/api/service-areas", { params: { header: { "Idempotency-Key": key } }, body }));
}

export function updateArea(id: string, version: number, values: AreaValues): Promise<Area> {
  return unwrap(api.PUT("/api/service-areas/{id}", { params: { path: { id } }, body: { version, ...values } }));
}

export function endArea(area: Area, reason: string): Promise<Area> {
  return unwrap(api.POST("/api/service-areas/{id}/end", { params: { path: { id: area.id } }, body: { version: area.version, reason } }));
}
