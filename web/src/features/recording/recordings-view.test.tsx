import { screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import type { Recording, RecordingDetail } from "./api/recordings";
import type { RecordingFilter } from "./filter";
import { RecordingsView } from "./recordings-view";

const played: string[] = [];
const elements: HTMLMediaElement[] = [];

beforeEach(() => {
  played.length = 0;
  elements.length = 0;
  vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(function play(this: HTMLMediaElement) {
    elements.push(this);
    played.push(`${this.getAttribute("src") ?? ""} at ${this.currentTime} x${this.playbackRate}`);
    this.dispatchEvent(new Event("play"));
    return Promise.resolve();
  });
  vi.spyOn(HTMLMediaElement.prototype, "pause").mockImplementation(function pause(this: HTMLMediaElement) {
    this.dispatchEvent(new Event("pause"));
  });
  vi.spyOn(HTMLMediaElement.prototype, "load").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

function aRecording(over: Partial<Recording> = {}): Recording {
  return {
    id: "01a1e283-f060-7000-8000-000000000001",
    call_id: "01a1e283-f060-7000-8000-0000000000c1",
    centre_id: "c1",
    began_at: new Date().toISOString(),
    duration_ms: 90_000,
    direction: "in",
    customer: "+86138****5678",
    line: "96800",
    staff_number: "8001",
    state: "kept",
    held: false,
    cut: false,
    dropped: 0,
    version: 1,
    ...over,
  };
}

function aDetail(over: Partial<RecordingDetail> = {}): RecordingDetail {
  return {
    ...aRecording(),
    labels: { trunk: "SZ-1" },
    pauses: [{ from_ms: 10_000, to_ms: 20_000 }],
    misplaced: 0,
    left: [0, 120, 255],
    right: [200, 0, 40],
    bytes: 1_440_000,
    sha256: "9f86d081",
    archived: false,
    allowed: { play: true, download: true, hold: true, erase: false },
    ...over,
  };
}

function Harness() {
  const [filter, setFilter] = useState<RecordingFilter>({});
  const [open, setOpen] = useState<string | null>(null);
  return <RecordingsView filter={filter} onFilter={setFilter} openId={open} onOpen={setOpen} />;
}

function setup(detail: RecordingDetail = aDetail()) {
  const server = fakeServer({
    "GET /api/recordings": () => ({ body: { items: [detail], next: "" } }),
    [`GET /api/recordings/${detail.id}`]: () => ({ body: detail }),
    [`PUT /api/recordings/${detail.id}/hold`]: () => ({ body: { ...detail, held: true, version: 2 } }),
    [`GET /api/recordings/${detail.id}/audio`]: () => ({ status: 503, body: { code: "blob.unavailable", detail: "the store is away" } }),
    "POST /api/recordings/find": () => ({ body: { items: [detail] } }),
    "GET /api/centres/tree": () => ({
      body: { items: [{ id: "c1", parent_id: "", level: "nation", code: "N", name: "National centre", state: "active" }] },
    }),
    "GET /api/saved-views": () => ({ body: { items: [] } }),
  });
  return { server, ...renderPart(<Harness />) };
}

async function openFirst(user: ReturnType<typeof setup>["user"]) {
  await user.click(await screen.findByText("+86138****5678"));
  return screen.findByRole("region", { name: "Player" });
}

it("plays only after one has said what for, from any place and at any speed", async () => {
  const { user } = setup();
  const player = await openFirst(user);
  await user.click(within(player).getByRole("button", { name: /Play/ }));
  expect(played).toEqual([]);
  expect(within(player).getByRole("status")).toHaveTextContent("Choose what it is heard for");

  await user.click(within(player).getByRole("combobox", { name: "Heard for" }));
  await user.click(await screen.findByText("Quality inspection"));
  const slider = within(player).getByRole("slider", { name: "Place in the recording" });
  slider.focus();
  await user.keyboard("{PageUp}{ArrowRight}");
  expect(slider).toHaveAttribute("aria-valuenow", "35");
  expect(slider).toHaveAttribute("aria-valuetext", "00:35 of 01:30");
  await user.keyboard(" ");
  expect(played).toEqual(["/api/recordings/01a1e283-f060-7000-8000-000000000001/audio?purpose=quality at 35 x1"]);
  await user.keyboard("{End}{Home} ");
  expect(slider).toHaveAttribute("aria-valuenow", "0");
  expect(within(player).getByRole("button", { name: /Play/ })).toBeVisible();
});

it("says in the server's words why nothing is heard", async () => {
  const { user } = setup();
  const player = await openFirst(user);
  await user.click(within(player).getByRole("combobox", { name: "Heard for" }));
  await user.click(await screen.findByText("Training"));
  await user.click(within(player).getByRole("button", { name: /Play/ }));
  elements[0]?.dispatchEvent(new Event("error"));
  expect(await within(player).findByRole("alert")).toHaveTextContent("The recording could not be played.");
  expect(within(player).getByText("blob.unavailable")).toBeVisible();
});

it("puts a recording on hold with the reason and the version that was seen", async () => {
  const { user, server } = setup();
  await openFirst(user);
  await user.click(screen.getByRole("button", { name: "Put on hold" }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByLabelText(/Reason/), "asked for by the regulator");
  await user.click(within(dialog).getByRole("button", { name: "Put on hold" }));
  await waitFor(() => {
    expect(server.to("PUT /api/recordings/01a1e283-f060-7000-8000-000000000001/hold").map(({ body }) => body)).toEqual([
      { hold: true, reason: "asked for by the regulator", version: 1 },
    ]);
  });
});

it("shows what must be known first: erased, cut off, gaps", async () => {
  const { user } = setup(aDetail({ cut: true, dropped: 50, misplaced: 1, allowed: { play: false, download: false, hold: false, erase: false } }));
  await user.click(await screen.findByText("+86138****5678"));
  expect(await screen.findByText(/The server failed during this call/)).toBeVisible();
  expect(screen.getByText(/51 packets of audio are missing, about 1.0 s/)).toBeVisible();
  expect(screen.getByText(/but not hear them/)).toBeVisible();
  expect(screen.queryByRole("region", { name: "Player" })).toBeNull();
});

it("finds by a customer's number, which stands in no address", async () => {
  const { user, server } = setup();
  await screen.findByText("+86138****5678");
  await user.click(screen.getByRole("button", { name: "Find by customer's number" }));
  await user.type(await screen.findByLabelText("The customer's whole number"), "13812345678{Enter}");
  const found = await screen.findByRole("list", { name: "Recordings found" });
  expect(server.to("POST /api/recordings/find").map(({ body }) => body)).toEqual([{ customer: "13812345678" }]);
  await user.click(within(found).getByRole("button"));
  expect(await screen.findByRole("region", { name: "Player" })).toBeVisible();
});
