import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import type { Session } from "@/lib/session/session";
import { aMessage, aSessionAnswer } from "@/test/factories";
import { fakeServer, type FakeAnswer, type FakeRequest } from "@/test/fake-server";
import { renderApp } from "@/test/render";

type Handlers = Record<string, (request: FakeRequest) => FakeAnswer>;

function problem(status: number, code: string, detail = "", fields: { location: string; code: string }[] = []): FakeAnswer {
  return { status, body: { code, title: "x", status, detail, errors: fields.map((field) => ({ ...field, message: field.code })) } };
}

const signedOut = problem(401, "actor.unauthenticated");
const options = { setup_needed: false, providers: [], demo_accounts: [] };

function setup(path: string, handlers: Handlers = {}) {
  const state: { session: Session | null } = { session: null };
  const server = fakeServer({
    "GET /api/session": () => (state.session ? { body: state.session } : signedOut),
    "GET /api/sign-in-options": () => ({ body: options }),
    "GET /api/messages": () => (state.session ? { body: { items: [aMessage({ subject: "First" })], next: "" } } : signedOut),
    "GET /api/password-policy": () => ({
      body: { min_length: 10, classes: 3, long_from: 20, history: 5, max_age_days: 90, problems: [{ code: "common", zh: "常见", en: "everybody tries it first" }] },
    }),
    ...handlers,
  });
  return { server, state, ...renderApp(path, { session: null }) };
}

const mine = aSessionAnswer({ permissions: ["notify.message.read"] });

async function fillIn(user: ReturnType<typeof setup>["user"], password: string) {
  await user.type(await screen.findByLabelText("Staff number"), "10001");
  await user.type(screen.getByLabelText("Password"), `${password}{Enter}`);
}

beforeEach(() => {
  window.sessionStorage.clear();
});

it("asks for the code of the authenticator only when the server wants it", async () => {
  const { user, state, server } = setup("/messages", {
    "POST /api/sign-in": ({ body }) => {
      const { code } = body as { code?: string };
      if (code === undefined) return problem(401, "identity.totp_required");
      if (code !== "123456") return problem(401, "identity.wrong_code");
      state.session = mine;
      return { body: { expires_at: mine.expires_at } };
    },
  });
  await fillIn(user, "secret");
  const code = await screen.findByLabelText("Authenticator code");
  await waitFor(() => {
    expect(code).toHaveFocus();
  });
  expect(code).toHaveAttribute("autocomplete", "one-time-code");
  await user.type(code, "000000{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("The code is wrong or was used before.");
  await user.clear(code);
  await user.type(code, "123 456{Enter}");
  expect(await screen.findByText("First")).toBeVisible();
  expect(server.to("POST /api/sign-in").at(-1)?.body).toEqual({ number: "10001", password: "secret", code: "123456" });
});

it("says in words how long to wait after too many failures", async () => {
  const { user } = setup("/sign-in", {
    "POST /api/sign-in": () => problem(429, "identity.too_many_attempts", "too many failed attempts; wait 95 seconds"),
  });
  await fillIn(user, "wrong");
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("Too many failed attempts, signing in is paused.");
  expect(alert).toHaveTextContent(/You can try again in 01:3[0-9]\./);
  expect(screen.getByRole("button", { name: "Sign in" })).toBeDisabled();
});

it("offers other ways in and the people of a demonstration, and remembers where one wanted to go", async () => {
  const { user } = setup("/sign-in?return=%2Fmessages", {
    "GET /api/sign-in-options": () => ({
      body: {
        setup_needed: false,
        providers: [{ id: "corp", name: "Corporate ID" }],
        demo_accounts: [{ number: "GZ0017", name: "Wu", role_zh: "客服代表", role_en: "Agent" }],
      },
    }),
  });
  const link = await screen.findByRole("link", { name: "Sign in with Corporate ID" });
  expect(link).toHaveAttribute("href", "/api/oidc/corp/start");
  link.addEventListener("click", (event) => {
    event.preventDefault();
  });
  await user.click(link);
  expect(window.sessionStorage.getItem("yingda-return")).toBe("/messages");
  await user.click(screen.getByRole("button", { name: /GZ0017/ }));
  expect(screen.getByLabelText("Staff number")).toHaveValue("GZ0017");
  expect(screen.getByLabelText("Password")).toHaveFocus();
});

it("says why a sign-in at an identity provider failed", async () => {
  setup("/sign-in?error=identity.oidc_no_account");
  expect(await screen.findByRole("alert")).toHaveTextContent("you have no account here");
});

it("lets nobody pass who must change the password first, and goes on afterwards", async () => {
  const { user, state, router } = setup("/messages", {
    "POST /api/session/password": ({ body }) => {
      const { new_password } = body as { new_password: string };
      if (new_password.startsWith("Password")) {
        return problem(422, "identity.weak_password", "", [{ location: "body.new_password", code: "common" }]);
      }
      state.session = mine;
      return { status: 204 };
    },
  });
  state.session = { ...mine, state: "pending", pending: "identity.must_change_password" };
  expect(await screen.findByRole("heading", { name: "Change your password" })).toBeVisible();
  expect(router.state.location.pathname).toBe("/welcome");
  const rules = await screen.findByRole("list", { name: "What it must satisfy" });
  await user.type(screen.getByLabelText("Present password"), "old");
  await user.type(screen.getByLabelText("New password"), "short");
  expect(within(rules).getByText("At least 10 characters").parentElement).toHaveTextContent("not yet");
  await user.clear(screen.getByLabelText("New password"));
  await user.type(screen.getByLabelText("New password"), "Password123!");
  expect(within(rules).getByText("At least 10 characters").parentElement).toHaveTextContent("satisfied");
  await user.type(screen.getByLabelText("New password again"), "Password123!{Enter}");
  expect(await screen.findByText("everybody tries it first")).toBeVisible();
  await user.clear(screen.getByLabelText("New password"));
  await user.type(screen.getByLabelText("New password"), "Lake-42-morning");
  await user.clear(screen.getByLabelText("New password again"));
  await user.type(screen.getByLabelText("New password again"), "Lake-42-morning{Enter}");
  expect(await screen.findByText("First")).toBeVisible();
});

it("enrols a second factor with a code drawn here, and shows the recovery codes once", async () => {
  const { user, state } = setup("/messages", {
    "GET /api/session/credentials": () => ({ body: { has_password: true, totp: false, totp_needed: true, recovery_codes_left: 0 } }),
    "POST /api/session/totp/enroll": () => ({ body: { secret: "JBSWY3DPEHPK3PXP", url: "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP" } }),
    "POST /api/session/totp/confirm": () => {
      state.session = mine;
      return { body: { codes: ["AAAA-1111", "BBBB-2222"] } };
    },
  });
  state.session = { ...mine, state: "pending", pending: "identity.must_enroll_totp" };
  await user.type(await screen.findByLabelText("Present password"), "secret{Enter}");
  expect(await screen.findByRole("button", { name: "Copy JBSWY3DPEHPK3PXP" })).toBeVisible();
  await user.type(screen.getByLabelText("The six digits of the authenticator"), "123456{Enter}");
  expect(await screen.findByText("AAAA-1111")).toBeVisible();
  expect(screen.getByRole("button", { name: "Done" })).toBeDisabled();
  await user.click(screen.getByRole("checkbox"));
  await user.click(screen.getByRole("button", { name: "Done" }));
  expect(await screen.findByText("First")).toBeVisible();
});

it("wants every due policy acknowledged", async () => {
  let left = 2;
  const { user, state, server } = setup("/messages", {
    "GET /api/own-policies": () => ({
      body: {
        items: [1, 2].map((at) => ({
          id: `p${at}`, code: `P${at}`, number: 3, title_zh: `制度${at}`, title_en: `Policy ${at}`, html_zh: "<p>文</p>", html_en: "<p>Be kind.</p>",
          change_note: "", published_at: "2026-11-01T00:00:00Z", acknowledged_at: at > 2 - left ? null : "2026-11-20T00:00:00Z", due: true,
        })),
      },
    }),
    "POST /api/own-policies/p1/acknowledge": () => {
      left = 1;
      return { status: 204 };
    },
    "POST /api/own-policies/p2/acknowledge": () => {
      left = 0;
      state.session = mine;
      return { status: 204 };
    },
  });
  state.session = { ...mine, state: "pending", pending: "identity.must_acknowledge_policy" };
  for (const title of ["Policy 1", "Policy 2"]) {
    expect(await screen.findByRole("heading", { name: title })).toBeVisible();
    await user.click(screen.getByRole("checkbox"));
    await user.click(screen.getByRole("button", { name: /^Acknowledge/ }));
  }
  expect(await screen.findByText("First")).toBeVisible();
  expect(server.to("POST /api/own-policies/p1/acknowledge")[0]?.body).toEqual({ number: 3 });
});

it("sets up an empty installation in three steps and leads back to the field that is wrong", async () => {
  const { user, router, server } = setup("/sign-in", {
    "GET /api/sign-in-options": () => ({ body: { ...options, setup_needed: !server.to("POST /api/setup").some(({ body }) => JSON.stringify(body).includes("A2")) } }),
    "POST /api/setup": ({ body }) => {
      const { approver } = body as { approver: { number: string } };
      return approver.number === "A1" ? problem(422, "identity.invalid_setup", "", [{ location: "body.approver.number", code: "same" }]) : { status: 204 };
    },
  });
  await user.type(await screen.findByLabelText("Set-up code"), "ABCDE-FGHIJ");
  expect(router.state.location.pathname).toBe("/setup");
  await user.click(screen.getByRole("button", { name: "Next" }));
  expect(await screen.findByText("Required")).toBeVisible();
  await user.type(screen.getByLabelText("Name of the national centre"), "Example Telecom");
  await user.click(screen.getByRole("button", { name: "Next" }));
  const numbers = () => screen.getAllByLabelText("Staff number");
  await waitFor(() => {
    expect(numbers()[0]).toBeVisible();
  });
  for (const [at, person] of [["A1", "Lin"], ["A1", "Wang"]].entries()) {
    const [number = "", name = ""] = person;
    await user.type(numbers()[at] ?? document.body, number);
    await user.type(screen.getAllByLabelText("Name")[at] ?? document.body, name);
    await user.type(screen.getAllByLabelText("Password")[at] ?? document.body, "Lake-42-morning");
    await user.click(screen.getByRole("button", { name: at === 0 ? "Next" : "Finish" }));
  }
  expect(await screen.findByText("Must differ from the one before")).toBeVisible();
  await user.clear(numbers()[1] ?? document.body);
  await user.type(numbers()[1] ?? document.body, "A2");
  await user.click(screen.getByRole("button", { name: "Finish" }));
  await waitFor(() => {
    expect(router.state.location.pathname).toBe("/sign-in");
  });
});

it("keeps the open page when the session ends, and goes on after signing in again", async () => {
  const { user, state, router, live } = setup("/messages?channel=sms", {
    "POST /api/sign-in": () => {
      state.session = mine;
      return { body: { expires_at: mine.expires_at } };
    },
  });
  state.session = mine;
  expect(await screen.findByText("First")).toBeVisible();
  expect(live.sockets).toHaveLength(1);
  state.session = null;
  await user.click(screen.getByRole("button", { name: "All", pressed: false }));
  const dialog = await screen.findByRole("dialog", { name: "Your session has ended" });
  expect(dialog).toHaveTextContent("what you typed on the page stays");
  expect(await within(dialog).findByLabelText("Staff number")).toHaveValue("10001");
  await user.type(within(dialog).getByLabelText("Password"), "right{Enter}");
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).toBeNull();
  });
  expect(router.state.location.pathname).toBe("/messages");
});

it("warns before the session ends and renews it over the page", async () => {
  const soon = { ...mine, expires_at: new Date(Date.now() + 5 * 60_000).toISOString() };
  const signIn = vi.fn();
  const { user, state } = setup("/messages", {
    "POST /api/sign-in": () => {
      signIn();
      state.session = mine;
      return { body: { expires_at: mine.expires_at } };
    },
  });
  state.session = soon;
  expect(await screen.findByText(/Your session ends in 0[45]:/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Renew" }));
  const dialog = await screen.findByRole("dialog", { name: "Renew" });
  await user.type(await within(dialog).findByLabelText("Password"), "right{Enter}");
  await waitFor(() => {
    expect(screen.queryByText(/Your session ends in/)).toBeNull();
  });
  expect(signIn).toHaveBeenCalledOnce();
});
