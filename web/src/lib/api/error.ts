/** A field of the request that the server did not accept. `path` is its place in the body, as in "recipient". */
export interface FieldError {
  path: string;
  message: string;
  code: string;
}

/** What a failed request tells: a stable code to look up or report, and the server's own words. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly code: string,
    readonly detail: string,
    readonly status: number,
    readonly fields: readonly FieldError[] = [],
    /** Names this occurrence in the server's log; empty when no server answered. */
    readonly request = "",
  ) {
    super(`${code}: ${detail}`);
  }
}

/** The request got no answer at all: the network, the server or a proxy between is away. */
export const UNREACHABLE = "client.unreachable";
/** An answer came, but not one of ours (a proxy's page, a truncated body). */
export const UNREADABLE = "client.unreadable";

/** Proxies answer with these in the place of a server that is away. */
const GATEWAY_STATUS = new Set([502, 503, 504]);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** "urn:yingda:request:0199..." without its prefix. */
function requestOf(instance: string): string {
  return instance.slice(instance.lastIndexOf(":") + 1);
}

/** Reads a problem+json body; anything else becomes an error with one of our own codes. */
export function toApiError(status: number, body: unknown): ApiError {
  if (!isRecord(body) || (text(body["code"]) === "" && text(body["title"]) === "")) {
    return new ApiError(GATEWAY_STATUS.has(status) ? UNREACHABLE : UNREADABLE, "", status);
  }
  const errors = Array.isArray(body["errors"]) ? body["errors"].filter(isRecord) : [];
  const fields = errors.map((entry) => ({
    path: text(entry["location"]).replace(/^body\.?/, ""),
    message: text(entry["message"]),
    code: text(entry["code"]),
  }));
  const code = text(body["code"]) || `http.${status}`;
  return new ApiError(code, text(body["detail"]) || text(body["title"]), status, fields, requestOf(text(body["instance"])));
}

/** Turns whatever a query or mutation threw into an ApiError, so that pages show one kind of error. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError("client.defect", error instanceof Error ? error.message : String(error), 0);
}
