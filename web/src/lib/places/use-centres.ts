import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { requestJSON } from "../api/request";
import { useLiveTopic } from "../live/context";

/** A centre of the organisation as pickers and tables need it. */
export interface Centre {
  id: string;
  /** Empty for the root. */
  parent_id: string;
  level: "nation" | "province" | "city" | "site";
  code: string;
  name: string;
  state: "active" | "closed";
}

interface Answer {
  items: readonly (Omit<Centre, "parent_id"> & { parent_id?: string | null })[];
}

const centresKey = ["centres", "tree"] as const;

/** The centres that this person may see, parents before children. */
export const centresQuery = queryOptions({
  queryKey: centresKey,
  queryFn: async ({ signal }): Promise<readonly Centre[]> => {
    const { items } = await requestJSON<Answer>("/api/centres/tree", { signal });
    return items.map((centre) => ({ ...centre, parent_id: centre.parent_id ?? "" }));
  },
  staleTime: 5 * 60_000,
});

export interface Centres {
  list: readonly Centre[];
  byId: ReadonlyMap<string, Centre>;
  /** The centres from the top down to this one, as far as they are visible. */
  path: (id: string) => readonly Centre[];
  /** The name, or the id when it is not (or no longer) visible. */
  nameOf: (id: string) => string;
  pending: boolean;
  error: Error | null;
}

const NONE: readonly Centre[] = [];

/** The tree of the organisation, kept current. */
export function useCentres(): Centres {
  const client = useQueryClient();
  const { data = NONE, isPending, error } = useQuery(centresQuery);
  useLiveTopic("centres.changed", () => {
    void client.invalidateQueries({ queryKey: centresKey });
  });
  return useMemo(() => {
    const byId = new Map(data.map((centre) => [centre.id, centre]));
    const path = (id: string): readonly Centre[] => {
      const up: Centre[] = [];
      for (let at = byId.get(id); at !== undefined && !up.includes(at); at = byId.get(at.parent_id)) up.unshift(at);
      return up;
    };
    return { list: data, byId, path, nameOf: (id) => byId.get(id)?.name ?? id, pending: isPending, error };
  }, [data, isPending, error]);
}
