import { api, unwrap } from "@/lib/api/client";
import type { Centre } from "./centres";

export function moveCentre(centre: Centre, parent: string, reason: string): Promise<Centre> {
  const body = { version: centre.version, parent_id: parent, reason };
  return unwrap(api.POST("/api/centres/{id}/move", { params: { path: { id: centre.id } }, body }));
}

export function closeCentre(centre: Centre, reason: string): Promise<Centre> {
  const body = { version: centre.version, reason };
  return unwrap(api.POST("/api/centres/{id}/close", { params: { path: { id: centre.id } }, body }));
}

export function reopenCentre(centre: Centre, reason: string): Promise<Centre> {
  const body = { version: centre.version, reason };
  return unwrap(api.POST("/api/centres/{id}/reopen", { params: { path: { id: centre.id } }, body }));
}
