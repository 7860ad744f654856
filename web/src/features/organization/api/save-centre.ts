import { api, unwrap } from "@/lib/api/client";
import type { Centre } from "./centres";

export interface CentreValues {
  code: string;
  name: string;
  province: string;
  city: string;
  time_zone: string;
}

export interface NewCentre extends CentreValues {
  parent_id: string | null;
  level: Centre["level"];
}

/** With the same key it is made once, however often the request is repeated. */
export function createCentre(body: NewCentre, key: string): Promise<Centre> {
  return unwrap(api.POST("/api/centres", { params: { header: { "Idempotency-Key": key } }, body }));
}

export function updateCentre(id: string, version: number, values: CentreValues): Promise<Centre> {
  return unwrap(api.PUT("/api/centres/{id}", { params: { path: { id } }, body: { version, ...values } }));
}
