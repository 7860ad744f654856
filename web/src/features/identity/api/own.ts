import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

type Body<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Answer } } } };
}
  ? Answer
  : never;

export type OwnSession = Body<"/api/sessions">["items"][number];
export type SignInAttempt = Body<"/api/sign-ins">["items"][number];
export type Token = Body<"/api/tokens">["items"][number];
export type OwnPost = Body<"/api/me/job-description">;

const sessionsKey = ["own-sessions"] as const;
const tokensKey = ["own-tokens"] as const;
const postKey = ["own-post"] as const;

export const ownSessionsQuery = queryOptions({
  queryKey: sessionsKey,
  queryFn: ({ signal }) => unwrap(api.GET("/api/sessions", { signal })),
});

export const signInsQuery = queryOptions({
  queryKey: ["own-sign-ins"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/sign-ins", { signal })),
});

export const ownTokensQuery = queryOptions({
  queryKey: tokensKey,
  queryFn: ({ signal }) => unwrap(api.GET("/api/tokens", { signal })),
});

export const ownPostQuery = queryOptions({
  queryKey: postKey,
  queryFn: ({ signal }) => unwrap(api.GET("/api/me/job-description", { signal })),
});

export function useEndSessions() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: sessionsKey });
  const one = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/sessions/{id}", { params: { path: { id } } })),
    onSettled,
  });
  const others = useMutation({ mutationFn: () => unwrap(api.POST("/api/sessions/end-others")), onSettled });
  return { one, others };
}

export interface NewToken {
  name: string;
  permissions: string[];
  networks: string[];
  expires_at?: string;
}

export function useTokenChanges() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: tokensKey });
  const create = useMutation({ mutationFn: (body: NewToken) => unwrap(api.POST("/api/tokens", { body })), onSuccess });
  const revoke = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/tokens/{id}", { params: { path: { id } } })),
    onSuccess,
  });
  return { create, revoke };
}

/** Says that the issued edition of one's job description was read. */
export function useAcknowledgePost() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (descriptionId: string) =>
      unwrap(api.POST("/api/me/job-description/acknowledge", { body: { description_id: descriptionId } })),
    onSuccess: () => client.invalidateQueries({ queryKey: postKey }),
  });
}
