import { screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { aHealth, aMessage, aSession, aSessionAnswer } from "@/test/factories";
import { fakeServer } from "@/test/fake-server";
import { renderApp } from "@/test/render";

const signedOut = { status: 401, body: { code: "actor.unauthenticated", title: "Unauthorized", status: 401 } };

function setup(path: string, permissions: readonly string[] = ["notify.message.read"]) {
  const state = { signedIn: false };
  const server = fakeServer({
    "GET /api/session": () => (state.signedIn ? { body: aSessionAnswer({ permissions }) } : signedOut),
    "POST /api/sign-in": ({ body }) => {
      if ((body as { password: string }).password !== "right") {
        return { status: 401, body: { code: "identity.wrong_password", title: "Unauthorized", status: 401, detail: "wrong" } };
      }
      state.signedIn = true;
      return { body: aSessionAnswer({ permissions }) };
    },
    "GET /api/messages": () => (state.signedIn ? { body: { items: [aMessage({ subject: "First" })], next: "" } } : signedOut),
    "GET /api/health": () => ({ body: aHealth() }),
  });
  return { server, state, ...renderApp(path, { session: null }) };
}

it("sends whoever is not signed in to the sign-in page, and back to where they wanted to go", async () => {
  const { user, router } = setup("/messages?channel=sms");
  const number = await screen.findByLabelText("Staff number");
  expect(router.state.location.pathname).toBe("/sign-in");
  await user.type(number, "10001");
  await user.type(screen.getByLabelText("Password"), "wrong{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Signing in did not work.");
  await user.clear(screen.getByLabelText("Password"));
  await user.type(screen.getByLabelText("Password"), "right{Enter}");
  expect(await screen.findByText("First")).toBeVisible();
  expect(router.state.location.href).toBe("/messages?channel=sms");
});

it("does not follow a return address that leads elsewhere", async () => {
  const { router } = setup("/sign-in?return=%2F%2Fevil.example%2Fx");
  await screen.findByLabelText("Staff number");
  expect(router.state.location.search).toEqual({});
});

it("does not open the live connection before somebody is signed in", async () => {
  const { live, user } = setup("/messages");
  await user.type(await screen.findByLabelText("Staff number"), "10001");
  expect(live.sockets).toHaveLength(0);
  await user.type(screen.getByLabelText("Password"), "right{Enter}");
  await screen.findByText("First");
  await waitFor(() => {
    expect(live.sockets).toHaveLength(1);
  });
});

it("shows pages by permission, in the navigation and behind their address", async () => {
  fakeServer({});
  const { router } = renderApp("/health", { session: aSession(["notify.message.read"]) });
  expect(await screen.findByText("You may not open this page")).toBeVisible();
  expect(screen.getByText(/needs the permission platform\.health\.read/)).toBeVisible();
  const nav = screen.getByRole("navigation", { name: "Main navigation" });
  expect(within(nav).getByRole("link", { name: "Messages sent" })).toBeVisible();
  expect(within(nav).queryByRole("link", { name: "Health" })).toBeNull();
  expect(within(nav).queryByRole("link", { name: "Webhooks" })).toBeNull();
  expect(router.state.location.pathname).toBe("/health");
});
