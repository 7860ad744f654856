import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { requestJSON } from "@/lib/api/request";

export type Sharing = "private" | "team" | "centre";

/** A named set of filters of a list, one's own or shared by a colleague. */
export interface SavedView {
  id: string;
  page: string;
  name: string;
  value: unknown;
  shared: Sharing;
  own: boolean;
  owner_number: string;
  owner_name: string;
  version: number;
}

export interface ViewBody {
  name: string;
  value: unknown;
  shared: Sharing;
}

function viewsKey(page: string) {
  return ["saved-views", page] as const;
}

export function viewsQuery(page: string) {
  return queryOptions({
    queryKey: viewsKey(page),
    queryFn: async ({ signal }) => {
      const { items } = await requestJSON<{ items: SavedView[] }>("/api/saved-views", { query: { page }, signal });
      return items;
    },
    staleTime: 60_000,
  });
}

/** Makes, changes and removes views of a page; the list is read again afterwards. */
export function useViewChanges(page: string) {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: viewsKey(page) });
  const create = useMutation({
    mutationFn: (body: ViewBody) => requestJSON<{ id: string }>("/api/saved-views", { method: "POST", body: { page, ...body } }),
    onSettled,
  });
  const update = useMutation({
    mutationFn: ({ view, body }: { view: SavedView; body: ViewBody }) =>
      requestJSON<undefined>(`/api/saved-views/${view.id}`, { method: "PUT", body: { version: view.version, ...body } }),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (view: SavedView) =>
      requestJSON<undefined>(`/api/saved-views/${view.id}`, { method: "DELETE", query: { version: view.version } }),
    onSettled,
  });
  return { create, update, remove };
}
