import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

export type PhonePage = paths["/api/phones"]["get"]["responses"][200]["content"]["application/json"];
export type Phone = PhonePage["items"][number];
export type PhoneDetail = Omit<paths["/api/phones/{id}"]["get"]["responses"][200]["content"]["application/json"], "$schema">;
export type PhoneBody = Omit<paths["/api/phones"]["post"]["requestBody"]["content"]["application/json"], "$schema">;

/** What is shown once. */
export interface PhoneSecret {
  id: string;
  number: string;
  realm: string;
  password: string;
}

export const phonesKey = ["phones"] as const;

export interface PhoneFilter {
  q?: string;
}

export function phonesQuery({ q }: PhoneFilter) {
  return infiniteQueryOptions({
    queryKey: [...phonesKey, "list", { q }],
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/api/phones", { params: { query: { limit: 100, after: pageParam || undefined, q } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export function phoneQuery(id: string) {
  return queryOptions({
    queryKey: [...phonesKey, "one", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/phones/{id}", { params: { path: { id } }, signal })),
  });
}

/** Adds a phone: the answer has its password. */
export function useCreatePhone() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PhoneBody): Promise<PhoneSecret> => unwrap(api.POST("/api/phones", { body })),
    gcTime: 0, // the password stays in no cache
    onSuccess: () => client.invalidateQueries({ queryKey: phonesKey }),
  });
}

export function useUpdatePhone() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, on }: { body: PhoneBody; on: { id: string; version: number } }): Promise<{ id: string }> => {
      const { display_name, centre_id, staff_number, disabled, note } = body;
      return unwrap(api.PUT("/api/phones/{id}", { params: { path: { id: on.id } }, body: { display_name, centre_id, staff_number, disabled, note, version: on.version } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: phonesKey }),
  });
}

export function useRenewPassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }): Promise<PhoneSecret> =>
      unwrap(api.POST("/api/phones/{id}/password", { params: { path: { id } }, body: { version } })),
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: phonesKey }),
  });
}

export function useDeletePhone() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }) =>
      unwrap(api.DELETE("/api/phones/{id}", { params: { path: { id }, query: { version } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: phonesKey }),
  });
}
