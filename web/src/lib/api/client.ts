import createClient from "openapi-fetch";
import i18next from "i18next";
import { errorWords } from "../i18n/error-text";
import { ApiError, toApiError, UNREACHABLE } from "./error";
import { reachability } from "./reachability";
import type { paths } from "./schema";

const TIMEOUT_MS = 15_000;

type Listener = () => void;
const unauthenticated = new Set<Listener>();

/** Calls the listener whenever an answer says that nobody is signed in (any more). */
export function onUnauthenticated(listener: Listener): () => void {
  unauthenticated.add(listener);
  return () => unauthenticated.delete(listener);
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/**
 * The only fetch of the application: notes whether the server answers and never throws a bare TypeError.
 * `timeoutMs` is for files, which take longer than any other answer.
 */
export async function observedFetch(request: Request, timeoutMs = TIMEOUT_MS): Promise<Response> {
  let response: Response;
  try {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
    response = await globalThis.fetch(request, { signal });
  } catch (error) {
    if (isAbort(error)) throw error;
    reachability.unanswered();
    await errorWords();
    throw new ApiError(UNREACHABLE, "", 0);
  }
  const problem = response.headers.get("content-type")?.includes("json") ?? false;
  if ([502, 503, 504].includes(response.status) && !problem) reachability.unanswered();
  else reachability.answered();
  if (response.status === 401) for (const listener of unauthenticated) listener();
  if (!response.ok) await errorWords();
  return response;
}

export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: (request) => observedFetch(request) });

api.use({
  onRequest({ request }) {
    request.headers.set("Accept-Language", i18next.language);
    return request;
  },
});

interface Result<Data> {
  data?: Data | undefined;
  error?: unknown;
  response: Response;
}

/** Waits for a call and returns its body, or throws the ApiError that the server described. */
export async function unwrap<Data>(call: Promise<Result<Data>>): Promise<Data> {
  let result: Result<Data>;
  try {
    result = await call;
  } catch (error) {
    // A body that says it is JSON and is not: openapi-fetch fails while it parses.
    if (error instanceof SyntaxError) throw toApiError(0, null);
    throw error;
  }
  if (!result.response.ok) throw toApiError(result.response.status, result.error);
  return result.data as Data;
}
