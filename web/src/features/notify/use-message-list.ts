import { useInfiniteQuery, useQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { listPosition } from "@/components/data-table/use-row-window";
import { useConnection, useLiveTopic } from "@/lib/live/context";
import type { Connection } from "@/lib/live/connection";
import {
  messagesQuery,
  newestKey,
  newestMessagesQuery,
  type Message,
  type MessageFilter,
  type MessagePage,
} from "./api/list-messages";

/** How often to look for newer messages although changes are announced, and when nobody announces them. */
const LOOK_MS = { live: 30_000, starting: 5_000, polling: 5_000, lost: 5_000 } satisfies Record<Connection, number>;

/** Replaces rows that changed, in place; the same data when none did, so that nothing is drawn again. */
export function patchPages(
  data: InfiniteData<MessagePage>,
  fresh: readonly Message[],
): InfiniteData<MessagePage> {
  const byId = new Map(fresh.map((message) => [message.id, message]));
  const changed = (message: Message) => {
    const next = byId.get(message.id);
    return next !== undefined && (next.state !== message.state || next.attempts !== message.attempts);
  };
  if (!data.pages.some((page) => page.items.some(changed))) return data;
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.map((message) => byId.get(message.id) ?? message),
  }));
  return { ...data, pages };
}

/** Rows as they were loaded, kept current in place, and how many newer ones wait to be shown. */
export function useMessageList(filter: MessageFilter, positionKey: string) {
  const client = useQueryClient();
  const query = messagesQuery(filter);
  const list = useInfiniteQuery(query);
  const newest = useQuery({
    ...newestMessagesQuery(filter),
    refetchInterval: LOOK_MS[useConnection()],
    enabled: list.isSuccess,
  });
  useLiveTopic("messages.changed", () => {
    void client.invalidateQueries({ queryKey: newestKey });
  });

  const rows = useMemo(() => {
    // A row may come twice when the list moved between two pages.
    const seen = new Map<string, Message>();
    for (const page of list.data?.pages ?? []) for (const message of page.items) seen.set(message.id, message);
    return [...seen.values()];
  }, [list.data]);

  const fresh = useMemo(() => (newest.data ? newest.data.items : []), [newest.data]);
  const queryKey = query.queryKey;
  useEffect(() => {
    if (fresh.length > 0) client.setQueryData(queryKey, (data) => (data ? patchPages(data, fresh) : data));
    // The key is a new array on each draw, but always of the same filter.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, fresh, filter.channel, filter.state]);

  const waiting = useMemo(() => {
    const known = new Set(rows.map((row) => row.id));
    const at = fresh.findIndex((message) => known.has(message.id));
    return at < 0 ? fresh.length : at;
  }, [fresh, rows]);

  /** Starts the list over from its newest page. */
  const showNewest = async () => {
    const page = await client.query({ ...newestMessagesQuery(filter), staleTime: 0 });
    client.setQueryData(queryKey, { pages: [page], pageParams: [""] });
  };

  // Coming back to a list that stands at its top, one expects to see the newest rows, and nothing moves under
  // the pointer yet; a list that is empty has nothing to move either.
  const settled = useRef("");
  const settle = `${filter.channel ?? ""} ${filter.state ?? ""}`;
  useEffect(() => {
    if (!newest.isFetchedAfterMount || newest.data === undefined) return;
    const arriving = settled.current !== settle;
    settled.current = settle;
    if (waiting > 0 && (rows.length === 0 || (arriving && listPosition(positionKey) === 0))) {
      client.setQueryData(queryKey, { pages: [newest.data], pageParams: [""] });
    }
  });

  return {
    rows,
    waiting: list.isSuccess ? waiting : 0,
    error: list.error,
    pending: list.isPending,
    hasMore: list.hasNextPage,
    loadMore: () => {
      if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
    },
    retry: () => void (list.data ? list.fetchNextPage() : list.refetch()),
    showNewest,
  };
}
