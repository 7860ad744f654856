import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { fakeServer } from "@/test/fake-server";
import { preferences } from "./preferences";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  preferences.disconnect();
  vi.useRealTimers();
});

function setup(items: { key: string; value: unknown }[]) {
  return fakeServer({
    "GET /api/me/preferences": () => ({ body: { items } }),
    "PUT /api/me/preferences/theme": () => ({ status: 204 }),
    "PUT /api/me/preferences/columns.staff": () => ({ status: 204 }),
    "DELETE /api/me/preferences/theme": () => ({ status: 204 }),
  });
}

it("takes the account's values, tells who listens, and keeps the desk's own where the account has none", async () => {
  preferences.set("language", "en");
  preferences.set("columns.staff", { name: 90 });
  setup([{ key: "theme", value: "dark" }]);
  const heard: string[] = [];
  const stop = preferences.subscribe((key) => heard.push(key));
  await preferences.connect("a1");
  stop();
  expect(preferences.get("theme")).toBe("dark");
  expect(preferences.get("language")).toBe("en");
  // The widths were those of somebody else.
  expect(preferences.get("columns.staff")).toBeUndefined();
  expect(heard).toContain("theme");
});

it("sends a change once, some time after the last of several", async () => {
  const server = setup([]);
  await preferences.connect("a1");
  preferences.set("columns.staff", { name: 90 });
  preferences.set("columns.staff", { name: 120 });
  expect(server.to("PUT /api/me/preferences/columns.staff")).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(server.to("PUT /api/me/preferences/columns.staff").map(({ body }) => body)).toEqual([{ value: { name: 120 } }]);
  preferences.remove("theme");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(server.to("DELETE /api/me/preferences/theme")).toHaveLength(1);
});

it("loses nothing when the server is away: the value stays in the browser", async () => {
  const server = setup([]);
  await preferences.connect("a1");
  server.setDown(true);
  preferences.set("theme", "light");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(preferences.get("theme")).toBe("light");
});

it("asks nobody before somebody is signed in", async () => {
  const server = setup([]);
  preferences.set("theme", "dark");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(server.requests).toHaveLength(0);
});
