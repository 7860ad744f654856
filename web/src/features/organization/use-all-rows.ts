import type { UseInfiniteQueryResult, InfiniteData } from "@tanstack/react-query";
import { useMemo } from "react";

interface Page<Row> {
  items: Row[];
  next: string;
}

/** The rows of all pages that were loaded, and how to get more; a row that moved between two pages comes once. */
export function useAllRows<Row>(list: UseInfiniteQueryResult<InfiniteData<Page<Row>>>, keyOf: (row: Row) => string) {
  const { data } = list;
  const rows = useMemo(() => {
    const seen = new Map<string, Row>();
    for (const page of data?.pages ?? []) for (const row of page.items) seen.set(keyOf(row), row);
    return [...seen.values()];
    // The key of a row depends on the row alone.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [data]);
  return {
    rows,
    loadMore: () => {
      if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
    },
    retry: () => void (data ? list.fetchNextPage() : list.refetch()),
  };
}
