import { screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import { shortcuts } from "@/lib/shortcuts/registry";
import { aSession } from "@/test/factories";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import { deviceOf } from "./device";
import { ProfileView, type ProfileTab } from "./profile-view";

const at = "2026-11-20T06:05:00Z";
const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";

function Harness({ first }: { first: ProfileTab }) {
  const [tab, setTab] = useState(first);
  return <ProfileView tab={tab} onTab={setTab} />;
}

function setup(tab: ProfileTab, permissions?: string[]) {
  const state = { acknowledged: false, sessions: ["here", "other"], tokens: [] as string[] };
  const server = fakeServer({
    "GET /api/me/job-description": () => ({
      body: {
        post: { id: "p", code: "AGENT", name_zh: "客服代表", name_en: "Agent", class: "front", review_months: 12, state: "active", version: 1, updated_at: at, updated_by: "" },
        description: {
          id: "d1", edition: 3, state: "issued", duties: "Answers calls", authority: "", subordinates: "", qualifications: "Patience", reports_to: null,
          reports_to_zh: "值班长", reports_to_en: "Shift leader", authors: [], approved_by: "", approved_at: at, review_by: "", withdrawn_at: null, version: 1, updated_by: "", updated_at: at,
        },
        acknowledged_at: state.acknowledged ? at : null,
      },
    }),
    "POST /api/me/job-description/acknowledge": () => {
      state.acknowledged = true;
      return { body: { acknowledged_at: at } };
    },
    "GET /api/own-policies": () => ({ body: { items: [] } }),
    "GET /api/session/credentials": () => ({ body: { has_password: true, totp: true, totp_needed: false, recovery_codes_left: 1 } }),
    "GET /api/sessions": () => ({
      body: {
        items: state.sessions.map((id) => ({ id, method: "password", address: "10.0.0.7", user_agent: chrome, created_at: at, last_seen_at: at, expires_at: at, current: id === "here" })),
      },
    }),
    "DELETE /api/sessions/other": () => {
      state.sessions = ["here"];
      return { status: 204 };
    },
    "GET /api/sign-ins": () => ({
      body: { items: [{ id: "1", at, method: "password", result: "identity.wrong_credentials", address: "10.0.0.9", user_agent: chrome }] },
    }),
    "POST /api/session/totp/remove": ({ body }) =>
      (body as { password: string }).password === "right"
        ? { status: 204 }
        : { status: 422, body: { code: "identity.wrong_password", title: "x", status: 422 } },
    "GET /api/tokens": () => ({
      body: {
        items: state.tokens.map((name) => ({
          id: "t1", account_id: "a1", owner_number: "", owner_name: "", name, hint: "yd_abc", permissions: ["notify.message.read"], networks: [],
          created_at: at, expires_at: "2099-01-01T00:00:00Z", last_used_at: null, last_used_address: "", revoked_at: null, revoked_by: "",
        })),
      },
    }),
    "POST /api/tokens": ({ body }) => {
      state.tokens.push((body as { name: string }).name);
      return { status: 201, body: { id: "t1", token: "yd_abcdef123456" } };
    },
  });
  return { server, ...renderPart(<Harness first={tab} />, { session: aSession(permissions) }) };
}

it("shows one's post and lets the job description be acknowledged", async () => {
  const { user, server } = setup("me");
  const post = await screen.findByRole("region", { name: "Job description: Agent" });
  expect(post).toHaveTextContent("Edition 3");
  expect(post).toHaveTextContent("Answers calls");
  await user.click(within(post).getByRole("button", { name: "I have read it and acknowledge" }));
  expect(await within(post).findByText("Acknowledged")).toBeVisible();
  expect(server.to("POST /api/me/job-description/acknowledge")[0]?.body).toEqual({ description_id: "d1" });
});

it("ends a session elsewhere and shows failed attempts in words", async () => {
  const { user } = setup("security");
  const sessions = await screen.findByRole("region", { name: "Where you are signed in" });
  expect(await within(sessions).findAllByText("Chrome · Windows")).toHaveLength(2);
  await user.click(within(sessions).getByRole("button", { name: "End" }));
  await waitFor(() => {
    expect(within(sessions).getAllByText("Chrome · Windows")).toHaveLength(1);
  });
  expect(within(sessions).getByText("This one")).toBeVisible();
  expect(screen.getByText(/Staff number or password is wrong/)).toBeVisible();
});

it("asks for the password before the second factor is turned off", async () => {
  const { user, server } = setup("security");
  await user.click(await screen.findByRole("button", { name: "Turn off" }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByLabelText("Present password"), "wrong{Enter}");
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("The present password is wrong.");
  await user.clear(within(dialog).getByLabelText("Present password"));
  await user.type(within(dialog).getByLabelText("Present password"), "right{Enter}");
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).toBeNull();
  });
  expect(server.to("POST /api/session/totp/remove")).toHaveLength(2);
});

it("makes a token whose secret is shown once", async () => {
  const { user, server } = setup("tokens", ["identity.token.own", "notify.message.read"]);
  await user.click(await screen.findByRole("button", { name: "New token" }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByLabelText("Name"), "Report robot");
  await user.type(within(dialog).getByRole("combobox"), "notify");
  await user.click(await screen.findByText("notify.message.read", { selector: ".ant-select-item-option-content" }));
  await user.click(within(dialog).getByRole("button", { name: "New token" }));
  expect(await screen.findByRole("button", { name: "Copy yd_abcdef123456" })).toBeVisible();
  expect(server.to("POST /api/tokens")[0]?.body).toMatchObject({ name: "Report robot", permissions: ["notify.message.read"], networks: [] });
  await user.click(screen.getByRole("button", { name: "I have kept it" }));
  expect(await screen.findByText("Report robot")).toBeVisible();
  expect(screen.queryByText("yd_abcdef123456")).toBeNull();
});

it("says why there is no way to make a token", async () => {
  setup("tokens", []);
  expect(await screen.findByText(/making one needs the permission identity\.token\.own/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "New token" })).toBeNull();
});

it("records another key for an action and refuses one that is taken", async () => {
  const stops = ["alpha", "beta"].map((id, index) =>
    shortcuts.register({ id, keys: [index === 0 ? "a" : "b"], label: id, group: "everywhere", run: () => undefined }),
  );
  const { user } = setup("preferences");
  await user.click(await screen.findByRole("button", { name: "Change the key of “alpha”" }));
  await user.keyboard("b");
  expect(screen.getByText("This key is taken by “beta”.")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Change the key of “alpha”" }));
  await user.keyboard("q");
  expect(shortcuts.get().find(({ id }) => id === "alpha")?.keys).toEqual(["q"]);
  await user.click(screen.getByRole("button", { name: "Default" }));
  expect(shortcuts.get().find(({ id }) => id === "alpha")?.keys).toEqual(["a"]);
  for (const stop of stops) stop();
});

it("names browsers and keeps the words of programs", () => {
  expect(deviceOf(chrome)).toBe("Chrome · Windows");
  expect(deviceOf("Mozilla/5.0 (iPhone; CPU iPhone OS 17) AppleWebKit Safari/604.1")).toBe("Safari · iOS");
  expect(deviceOf("curl/8.5")).toBe("curl/8.5");
});
