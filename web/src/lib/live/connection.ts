import type { Reachability } from "../api/reachability";
import type { LiveState } from "./client";

/**
 * The connection in four words that a person can act on.
 *   starting  the first connection is being made
 *   live      changes arrive by themselves
 *   polling   the server answers, but the live connection does not stand (often a proxy): pages ask again and again
 *   lost      the server does not answer
 */
export type Connection = "starting" | "live" | "polling" | "lost";

export function connectionOf(live: LiveState, reach: Reachability): Connection {
  if (reach.down) return "lost";
  switch (live.name) {
    case "open":
      return "live";
    case "idle":
      return "starting";
    case "connecting":
    case "waiting":
      return live.attempt <= 1 ? "starting" : "polling";
  }
}
