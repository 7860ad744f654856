import { screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import { aSession } from "@/test/factories";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import type { Link, Setting } from "./api/settings";
import { SettingsView, type SettingsFilter } from "./settings-view";

const nation = { id: "c1", code: "CN", name: "National centre", level: "nation" } as const;
const province = { id: "c2", code: "GD", name: "Guangdong", level: "province" } as const;

function aSetting(over: Partial<Setting> = {}): Setting {
  return {
    key: "identity.session.idle", type: "duration", unit: "", group: { key: "session", zh: "会话", en: "Sessions" }, zh: "空闲退出", en: "Idle sign-out",
    help_zh: "多久", help_en: "After how long", default: 3600, min: 60, max: 86_400, choices: [], pattern: "", important: false, stricter: "lower",
    centre: province, effective: 1800, own: 2700, own_lock: "", verdict: "yielded", version: 3, updated_at: "2026-11-21T04:00:00Z",
    source: nation, floor: nation, floor_value: 1800, fixed: null, pending: null,
    ...over,
  };
}

const chain: Link[] = [
  { centre: nation, own: 1800, lock: "floor", verdict: "applied", effective: 1800, bound: null, by: "1002 方海燕", reason: "audit", at: "2026-11-21T04:00:00Z" },
  { centre: province, own: 2700, lock: "", verdict: "yielded", effective: 1800, bound: nation, by: "2002 何敏仪", reason: "busy", at: "2026-11-20T04:00:00Z" },
];

function Harness() {
  const [filter, setFilter] = useState<SettingsFilter>({});
  const [open, setOpen] = useState<string | null>(null);
  return <SettingsView filter={filter} onFilter={setFilter} openKey={open} onOpen={setOpen} />;
}

function setup(settings: Setting[], put: () => { status?: number; body?: unknown } = () => ({ body: { request_id: null, setting: settings[0] } }), session = aSession()) {
  const server = fakeServer({
    "GET /api/settings": () => ({ body: { items: settings } }),
    "GET /api/settings/identity.session.idle": () => ({ body: { setting: settings[0], chain } }),
    "GET /api/settings/identity.session.idle/history": () => ({ body: { items: [] } }),
    "GET /api/centres/tree": () => ({ body: { items: [{ ...nation, parent_id: "", state: "active" }, { ...province, parent_id: "c1", state: "active" }] } }),
    "PUT /api/settings/identity.session.idle": put,
  });
  return { server, ...renderPart(<Harness />, { session }) };
}

it("tells where a value comes from and that the centre's own gives way, by keyboard alone", async () => {
  const { user } = setup([aSetting()]);
  expect(await screen.findByText("Idle sign-out")).toBeVisible();
  expect(screen.getByText("Own value does not count")).toBeVisible();
  await user.keyboard("j{Enter}");
  const pane = await screen.findByRole("complementary", { name: "Setting" });
  expect(within(pane).getByText(/laxer than National centre allows; the demanded value holds/)).toBeVisible();
  const steps = await within(pane).findAllByText(/busy|audit/);
  expect(steps).toHaveLength(2);
  expect(within(pane).getByText("Below: only stricter")).toBeVisible();
});

it("sends what was typed with the version it was based on, and the reason", async () => {
  const { user, server } = setup([aSetting({ own: 600, effective: 600, verdict: "applied", source: province })]);
  await screen.findByText("Idle sign-out");
  await user.keyboard("j{Enter}");
  await user.click(await screen.findByRole("button", { name: "Change" }));
  const value = await screen.findByRole("spinbutton");
  await user.clear(value);
  await user.type(value, "5");
  await user.type(screen.getByLabelText("Reason"), "shorter{Control>}{Enter}{/Control}");
  await waitFor(() => {
    expect(server.to("PUT /api/settings/identity.session.idle")[0]?.body).toEqual({ centre_id: "c2", value: 300, lock: "", version: 3, reason: "shorter" });
  });
});

it("puts what the server refuses at the value", async () => {
  const refused = {
    status: 422,
    body: { code: "setting.invalid", title: "x", status: 422, errors: [{ location: "body.value", code: "setting.below_floor", message: "is laxer" }] },
  };
  const { user } = setup([aSetting()], () => refused);
  await screen.findByText("Idle sign-out");
  await user.keyboard("j{Enter}");
  await user.click(await screen.findByRole("button", { name: "Change" }));
  await user.type(await screen.findByLabelText("Reason"), "longer{Control>}{Enter}{/Control}");
  expect(await screen.findByText("Laxer than a centre above allows")).toBeVisible();
});

it("offers no change of what waits for approval, what is fixed, and to those who may not", async () => {
  const pending = { request_id: "r1", value: 300, lock: "" as const, by: "1001 沈立群", reason: "audit", asked_at: "2026-11-21T04:00:00Z" };
  const { user, unmount } = setup([aSetting({ pending })]);
  await screen.findByText("Waiting for approval");
  await user.keyboard("j{Enter}");
  expect(await screen.findByRole("button", { name: "Change" })).toBeDisabled();
  expect(screen.getByRole("link", { name: "Open the request" })).toHaveAttribute("href", "/approvals?open=r1");
  unmount();
  const second = setup([aSetting()], undefined, aSession(["setting.value.read"]));
  await screen.findByText("Idle sign-out");
  await second.user.keyboard("j{Enter}");
  await screen.findByRole("complementary", { name: "Setting" });
  expect(screen.queryByRole("button", { name: "Change" })).toBeNull();
});
