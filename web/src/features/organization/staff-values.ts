import { api, unwrap } from "@/lib/api/client";
import type { Staff } from "./api/staff";

/** A member of staff as the form has it. Phone and mail stand masked until they are typed anew. */
export interface StaffValues {
  number: string;
  name: string;
  centre_id: string;
  team_id: string | null;
  post_id: string | null;
  mobile: string;
  email: string;
  joined_on: string;
}

export function valuesOf({ number, name, centre_id, team_id, post_id, mobile, email, joined_on }: Staff): StaffValues {
  return { number, name, centre_id, team_id, post_id, mobile, email, joined_on };
}

/** What is stored now, for comparing after somebody else saved first. */
export async function readValues(id: string): Promise<{ version: number; values: StaffValues }> {
  const now = await unwrap(api.GET("/api/staff/{id}", { params: { path: { id } } }));
  return { version: now.version, values: valuesOf(now) };
}
