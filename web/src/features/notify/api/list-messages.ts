import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

type ListOperation = paths["/api/messages"]["get"];
export type MessagePage = ListOperation["responses"][200]["content"]["application/json"];
export type Message = MessagePage["items"][number];

export interface MessageFilter {
  channel?: "sms" | "email";
  state?: Message["state"];
}

const PAGE = 50;

const messagesKey = ["messages"] as const;
export const newestKey = [...messagesKey, "newest"] as const;

function messagesOf(filter: MessageFilter, after: string, signal: AbortSignal): Promise<MessagePage> {
  const query = { limit: PAGE, after: after || undefined, channel: filter.channel, state: filter.state };
  return unwrap(api.GET("/api/messages", { params: { query }, signal }));
}

/** What the person reads: pages that were loaded stay where they are. */
export function messagesQuery({ channel, state }: MessageFilter) {
  const filter = { channel, state };
  return infiniteQueryOptions({
    queryKey: [...messagesKey, "list", filter],
    queryFn: ({ pageParam, signal }) => messagesOf(filter, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    // Fresh rows come through the newest page, so that a list never jumps under the pointer.
    staleTime: Infinity,
    refetchOnMount: false,
    meta: { steady: true },
  });
}

/** The newest page, asked again and again beside the list. */
export function newestMessagesQuery({ channel, state }: MessageFilter) {
  const filter = { channel, state };
  return {
    queryKey: [...newestKey, filter],
    queryFn: ({ signal }: { signal: AbortSignal }) => messagesOf(filter, "", signal),
  };
}
