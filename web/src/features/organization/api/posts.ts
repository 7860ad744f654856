import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type Post = components["schemas"]["PostItem"];
export type Description = components["schemas"]["DescriptionItem"];
export type DescriptionDraft = Omit<components["schemas"]["DraftRequestBody"], "$schema" | "version">;
export type PostUpdate = Omit<components["schemas"]["PostUpdateRequestBody"], "$schema" | "version">;
export type NewPost = Omit<components["schemas"]["PostCreateRequestBody"], "$schema">;

export interface PostFilter {
  class?: Post["class"];
  state?: Post["state"];
  due?: boolean;
}

export const POST_CLASSES = ["management", "back", "front"] as const satisfies readonly Post["class"][];

/** The post as it is stored now. */
export async function readPost(id: string) {
  const { post } = await unwrap(api.GET("/api/posts/{id}/descriptions", { params: { path: { id } } }));
  return post;
}

export const postsKey = ["organization", "posts"] as const;
const LARGEST_PAGE = 200;

/** Posts by code. */
export function postListQuery(filter: PostFilter) {
  return infiniteQueryOptions({
    queryKey: [...postsKey, "list", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/posts", { params: { query: { ...filter, limit: LARGEST_PAGE, after: pageParam || undefined } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** The posts in use, to choose from. */
export const postChoiceQuery = queryOptions({
  queryKey: [...postsKey, "choice"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/api/posts", { params: { query: { state: "active", limit: LARGEST_PAGE } }, signal }))).items,
  staleTime: 60_000,
});

/** A post with all editions of its job description, the newest first. */
export function descriptionsQuery(id: string) {
  return queryOptions({
    queryKey: [...postsKey, "descriptions", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/posts/{id}/descriptions", { params: { path: { id } }, signal })),
  });
}

export function acknowledgementsQuery(id: string, missing: boolean) {
  return infiniteQueryOptions({
    queryKey: [...postsKey, "acknowledgements", id, missing],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/posts/{id}/acknowledgements", {
          params: { path: { id }, query: { missing, limit: 50, after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export function createPost(body: NewPost, idempotencyKey: string) {
  return unwrap(api.POST("/api/posts", { params: { header: { "Idempotency-Key": idempotencyKey } }, body }));
}

export function updatePost(id: string, version: number, values: PostUpdate) {
  return unwrap(api.PUT("/api/posts/{id}", { params: { path: { id } }, body: { version, ...values } }));
}

/** Version 0 begins a draft. */
export function writeDraft(id: string, version: number, text: DescriptionDraft): Promise<Description> {
  return unwrap(api.PUT("/api/posts/{id}/draft", { params: { path: { id } }, body: { version, ...text } }));
}

export function dropDraft(id: string, version: number) {
  return unwrap(api.DELETE("/api/posts/{id}/draft", { params: { path: { id }, query: { version } } }));
}

export function issueDraft(id: string, version: number, comment: string): Promise<Description> {
  return unwrap(api.POST("/api/posts/{id}/issue", { params: { path: { id } }, body: { version, comment } }));
}

export function confirmReview(id: string, version: number): Promise<Description> {
  return unwrap(api.POST("/api/posts/{id}/review", { params: { path: { id } }, body: { version } }));
}
