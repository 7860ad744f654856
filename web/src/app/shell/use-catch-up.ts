import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Connection } from "@/lib/live/connection";
import { useLiveState } from "@/lib/live/context";

/**
 * Keeps pages true over a drop: when the live connection breaks it asks at once whether the server is there
 * (so that the words change within a second), and when the server is back every page on screen asks again.
 */
export function useCatchUp(connection: Connection): void {
  const client = useQueryClient();
  const live = useLiveState().name;
  const before = useRef({ connection, live });
  useEffect(() => {
    const last = before.current;
    before.current = { connection, live };
    if (last.live === "open" && live !== "open") void client.invalidateQueries({ queryKey: ["health"] });
    if (last.connection === "lost" && connection !== "lost") {
      // A steady list keeps its rows where they are and learns of new ones by itself.
      void client.invalidateQueries({
        predicate: (query) => query.meta?.["steady"] !== true || query.state.data === undefined,
      });
    }
  }, [client, connection, live]);
}
