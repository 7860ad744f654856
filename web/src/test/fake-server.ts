import { vi } from "vitest";

export interface FakeRequest {
  method: string;
  url: URL;
  headers: Headers;
  body: unknown;
}

export interface FakeAnswer {
  status?: number;
  body?: unknown;
}

type Handler = (request: FakeRequest) => FakeAnswer;

/** Answers fetch from a table of "GET /api/health" to handlers, and keeps what was asked. */
export function fakeServer(routes: Record<string, Handler>) {
  const requests: FakeRequest[] = [];
  const state = { down: false };
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    if (!(input instanceof Request)) throw new Error("the api client passes a Request");
    if (state.down) throw new TypeError("Failed to fetch");
    const url = new URL(input.url);
    const text = await input.text();
    const request: FakeRequest = {
      method: input.method,
      url,
      headers: input.headers,
      body: text === "" ? undefined : input.headers.get("content-type")?.includes("json") ? (JSON.parse(text) as unknown) : text,
    };
    requests.push(request);
    const handler = routes[`${input.method} ${url.pathname}`];
    const { status = 200, body } = handler
      ? handler(request)
      : { status: 404, body: { code: "http.not_found", title: "Not Found", status: 404 } };
    const type = status >= 400 ? "application/problem+json" : "application/json";
    const empty = status === 204 || body === undefined;
    return new Response(empty ? null : JSON.stringify(body), {
      status,
      headers: empty ? { "content-length": "0" } : { "content-type": type },
    });
  });
  return {
    requests,
    to: (route: string) => requests.filter((request) => `${request.method} ${request.url.pathname}` === route),
    setDown: (down: boolean) => {
      state.down = down;
    },
  };
}
