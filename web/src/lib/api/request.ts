import i18next from "i18next";
import { observedFetch } from "./client";
import { toApiError } from "./error";

/** What a query string may hold; undefined and empty values are left out, lists repeat the name. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** How long a file may take to arrive or to be worked off. */
const FILE_TIMEOUT_MS = 10 * 60_000;

export function withQuery(path: string, query: Query = {}): string {
  const url = new URL(path, window.location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === "") continue;
    if (typeof value === "object") for (const one of value) url.searchParams.append(name, one);
    else url.searchParams.set(name, String(value));
  }
  return url.href;
}

async function failed(response: Response): Promise<Error> {
  const body: unknown = await response.json().catch(() => null);
  return toApiError(response.status, body);
}

interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Query;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/**
 * Calls an endpoint whose path is only known at run time (a list's export, a preference's key). Everything else
 * uses the typed client of ./client.
 */
export async function requestJSON<Answer>(path: string, { method = "GET", query, body, headers, signal }: Call = {}): Promise<Answer> {
  const request = new Request(withQuery(path, query), {
    method,
    signal,
    headers: {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      "Accept-Language": i18next.language,
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const response = await observedFetch(request);
  if (!response.ok) throw await failed(response);
  if (response.status === 204) return undefined as Answer;
  const text = await response.text();
  try {
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  } catch {
    throw toApiError(0, null);
  }
}

/** Sends a file as it is and reads the answer. */
export async function sendFile<Answer>(path: string, query: Query, file: Blob, signal?: AbortSignal): Promise<Answer> {
  const request = new Request(withQuery(path, query), {
    method: "POST",
    signal,
    headers: { "Content-Type": "application/octet-stream", "Accept-Language": i18next.language },
    body: await file.arrayBuffer(),
  });
  const response = await observedFetch(request, FILE_TIMEOUT_MS);
  if (!response.ok) throw await failed(response);
  return (await response.json()) as Answer;
}

/** The file name of a Content-Disposition header (RFC 6266), preferring the one in UTF-8 (RFC 8187). */
export function fileNameOf(disposition: string | null): string | undefined {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? "")?.[1];
  if (encoded !== undefined) {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return undefined;
    }
  }
  return /filename="?([^";]+)"?/i.exec(disposition ?? "")?.[1];
}

/** Fetches a file and hands it to the browser to keep. */
export async function downloadFile(path: string, query: Query, fallbackName: string, signal?: AbortSignal): Promise<void> {
  const request = new Request(withQuery(path, query), { signal, headers: { "Accept-Language": i18next.language } });
  const response = await observedFetch(request, FILE_TIMEOUT_MS);
  if (!response.ok) throw await failed(response);
  keepFile(await response.blob(), fileNameOf(response.headers.get("content-disposition")) ?? fallbackName);
}

/** Hands the browser a file to keep. */
export function keepFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the address by the next turn; some need a moment to open it.
  window.setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 30_000);
}
