import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeLive } from "@/test/fake-live";
import type { LiveUpdate } from "./client";

function setup() {
  // The longest jitter, so that waits are exact.
  const live = fakeLive({ random: () => 1 });
  const updates: LiveUpdate[] = [];
  live.client.subscribe("health.changed", (update) => updates.push(update));
  live.client.start();
  return { ...live, updates };
}

describe("LiveClient", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("opens on hello and hands events to the subscribers of their topic", () => {
    const { client, last, updates } = setup();
    expect(client.getState()).toEqual({ name: "connecting", attempt: 0 });
    last().hello("s1", 7);
    expect(client.getState()).toEqual({ name: "open" });
    last().send({ type: "event", seq: 8, topic: "other", data: 1 });
    last().send({ type: "event", seq: 9, topic: "health.changed", data: 2 });
    expect(updates).toEqual([{ kind: "event", data: 2 }]);
  });

  it("continues its stream after a drop and ignores what it has already seen", () => {
    const { client, last, sockets, updates } = setup();
    last().hello("s1", 7);
    last().send({ type: "event", seq: 8, topic: "health.changed", data: "a" });
    last().drop();
    expect(client.getState().name).toBe("waiting");
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(2);
    expect(last().path).toBe("/api/live?stream=s1&seq=8");
    last().hello("s1", 9, true);
    last().send({ type: "event", seq: 8, topic: "health.changed", data: "a" });
    last().send({ type: "event", seq: 9, topic: "health.changed", data: "b" });
    expect(updates.map((update) => update.data)).toEqual(["a", "b"]);
  });

  it("starts over from the snapshot when the server cannot resume", () => {
    const { last, updates } = setup();
    last().hello("s1", 100);
    last().drop();
    vi.advanceTimersByTime(500);
    last().hello("s2", 3);
    last().send({ type: "snapshot", seq: 3, data: { "health.changed": { status: "ok" } } });
    last().send({ type: "event", seq: 4, topic: "health.changed", data: "next" });
    expect(updates).toEqual([
      { kind: "snapshot", data: { status: "ok" } },
      { kind: "event", data: "next" },
    ]);
  });

  it("waits longer after each failure, up to a limit, and shortly again after a steady connection", () => {
    const { client, last } = setup();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      last().drop();
      const state = client.getState();
      if (state.name !== "waiting") throw new Error(`unexpected ${state.name}`);
      waits.push(state.retryAt - Date.now());
      vi.advanceTimersByTime(state.retryAt - Date.now());
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    last().hello("s1", 1);
    vi.advanceTimersByTime(10_000);
    last().drop();
    expect(client.getState()).toMatchObject({ name: "waiting", attempt: 1, retryAt: Date.now() + 500 });
  });

  it("does not hammer a server that says hello and hangs up", () => {
    const { client, last } = setup();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      last().hello("s1", 1);
      last().drop();
      vi.advanceTimersByTime(8_000);
    }
    last().hello("s1", 1);
    last().drop();
    expect(client.getState()).toMatchObject({ name: "waiting", attempt: 5, retryAt: Date.now() + 8000 });
  });

  it("spreads reconnects with jitter", () => {
    const live = fakeLive({ random: () => 0 });
    live.client.start();
    live.last().drop();
    expect(live.client.getState()).toMatchObject({ name: "waiting", retryAt: Date.now() + 250 });
  });

  it("gives up on a connection that never says hello", () => {
    const { client, last } = setup();
    const first = last();
    vi.advanceTimersByTime(10_000);
    expect(first.closed).toBe(true);
    expect(client.getState().name).toBe("waiting");
  });

  it("takes silence for a dead connection, and a beat for a sign of life", () => {
    const { client, last, sockets } = setup();
    last().hello("s1", 7);
    for (let second = 0; second < 200; second += 20) {
      vi.advanceTimersByTime(20_000);
      last().send({ type: "beat" });
    }
    expect(client.getState().name).toBe("open");
    vi.advanceTimersByTime(45_000);
    expect(client.getState().name).toBe("waiting");
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(2);
  });

  it("starts a new stream after a message that it cannot read", () => {
    const { last } = setup();
    last().hello("s1", 7);
    last().sendRaw("{ broken");
    vi.advanceTimersByTime(500);
    expect(last().path).toBe("/api/live");
  });

  it("ignores kinds of messages that a newer server may send", () => {
    const { client, last } = setup();
    last().hello("s1", 7);
    last().send({ type: "weather", sunny: true });
    expect(client.getState().name).toBe("open");
  });

  it("retries at once when told to, and only while it waits", () => {
    const { client, last, sockets } = setup();
    client.retryNow();
    expect(sockets).toHaveLength(1);
    last().drop();
    client.retryNow();
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(9_000);
    expect(sockets).toHaveLength(2);
  });

  it("drops an open connection that others found dead", () => {
    const { client, last } = setup();
    last().hello("s1", 7);
    const socket = last();
    client.suspect();
    expect(socket.closed).toBe(true);
    expect(client.getState().name).toBe("waiting");
  });

  it("stays silent after stop, whatever the old socket still says", () => {
    const { client, last, updates } = setup();
    last().hello("s1", 7);
    const socket = last();
    client.stop();
    socket.send({ type: "event", seq: 8, topic: "health.changed", data: 1 });
    socket.drop();
    vi.advanceTimersByTime(60_000);
    expect(client.getState()).toEqual({ name: "idle" });
    expect(updates).toEqual([]);
  });
});
