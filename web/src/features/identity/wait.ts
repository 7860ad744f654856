import { asApiError } from "@/lib/api/error";

/**
 * How many seconds one has to wait after too many failed attempts; 0 for every other error. The server's words
 * end in the number: "too many failed attempts; wait 30 seconds".
 */
export function secondsToWait(error: unknown): number {
  const problem = asApiError(error);
  if (problem.code !== "identity.too_many_attempts") return 0;
  const seconds = /(\d+) seconds?$/.exec(problem.detail)?.[1];
  return seconds === undefined ? 30 : Number(seconds);
}
