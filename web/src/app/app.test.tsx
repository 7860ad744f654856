import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { aCheck, aHealth, aMessage } from "@/test/factories";
import { fakeServer } from "@/test/fake-server";
import { renderApp } from "@/test/render";

function setup(path = "/health") {
  let health = aHealth();
  const server = fakeServer({
    "GET /api/health": () => ({ body: health }),
    "GET /api/messages": () => ({ body: { items: [aMessage({ subject: "First" })], next: "" } }),
    "GET /api/webhooks": () => ({ body: { items: [] } }),
  });
  return {
    server,
    setHealth: (next: typeof health) => {
      health = next;
    },
    ...renderApp(path),
  };
}

const broken = aHealth({ status: "fault", checks: [aCheck({ severity: "fault", title: "The disk is full" })] });

it("changes at once when the server announces it, on the page and in the navigation", async () => {
  const { live, setHealth } = setup();
  await screen.findByText("Everything is fine");
  act(() => {
    live.last().hello("s1", 1);
  });
  expect(screen.getByText("Live")).toBeVisible();
  setHealth(broken);
  act(() => {
    live.last().send({ type: "event", seq: 2, topic: "health.changed", data: {} });
  });
  expect(await screen.findByText("The disk is full")).toBeVisible();
  const nav = screen.getByRole("navigation", { name: "Main navigation" });
  expect(within(nav).getByRole("link", { name: "Health 1 thing needs attention" })).toHaveAttribute("aria-current", "page");
});

it("says that the server is gone, does not claim to know, and catches up when it is back", async () => {
  const { live, server, setHealth, user } = setup();
  await screen.findByText("Everything is fine");
  act(() => {
    live.last().hello("s1", 1);
  });
  server.setDown(true);
  act(() => {
    live.last().drop();
  });
  expect(await screen.findByText("The server is out of reach, reconnecting…")).toBeVisible();
  expect(screen.getByText("Server out of reach")).toBeVisible();
  expect(screen.getByText("Last known: Everything is fine")).toBeVisible();

  setHealth(broken);
  server.setDown(false);
  await user.click(screen.getByRole("button", { name: "Retry now" }));
  expect(await screen.findByText("The disk is full")).toBeVisible();
  expect(screen.getByText("Connected again, everything is up to date.")).toBeVisible();
  expect(screen.queryByText("The server is out of reach, reconnecting…")).toBeNull();
  await waitFor(() => {
    expect(live.last().path).toBe("/api/live?stream=s1&seq=1");
  });
});

it("goes anywhere by the command palette or by a sequence of keys", async () => {
  const { user, router } = setup();
  await screen.findByText("Everything is fine");
  await user.keyboard("{Control>}k{/Control}");
  const input = await screen.findByRole("combobox", { name: "Command palette" });
  await user.type(input, "messa");
  expect(screen.getAllByRole("option")).toHaveLength(1);
  await user.keyboard("{Enter}");
  expect(await screen.findByText("First")).toBeVisible();
  await waitFor(() => {
    expect(screen.queryByRole("combobox", { name: "Command palette" })).toBeNull();
  });
  await user.keyboard("gw");
  expect(await screen.findByText("No webhooks yet")).toBeVisible();
  expect(router.state.location.pathname).toBe("/webhooks");
});

it("lists the keys of the page that is open", async () => {
  const { user } = setup("/messages");
  await screen.findByText("First");
  await user.keyboard("?");
  const sheet = await screen.findByRole("dialog", { name: "Keyboard shortcuts" });
  expect(sheet).toHaveTextContent("Send a test message");
  expect(sheet).toHaveTextContent("Next row");
  expect(sheet).toHaveTextContent("Go to Webhooks");
});

it("keeps filters and the open row in the address", async () => {
  const { user, router } = setup("/messages?state=nonsense&channel=sms");
  await screen.findByText("First");
  expect(screen.getByRole("button", { name: "SMS" })).toHaveAttribute("aria-pressed", "true");
  await user.keyboard("j{Enter}");
  await screen.findByRole("complementary", { name: "Message details" });
  expect(router.state.location.search).toEqual({ channel: "sms", open: "m1" });
});

it("switches language and light", async () => {
  const { user } = setup();
  await screen.findByText("Everything is fine");
  await user.click(screen.getByRole("button", { name: "Language: English" }));
  expect(await screen.findByText("一切正常")).toBeVisible();
  expect(document.documentElement).toHaveAttribute("lang", "zh-CN");
  await user.click(screen.getByRole("button", { name: "外观：跟随系统" }));
  await user.click(screen.getByRole("button", { name: "外观：浅色" }));
  expect(document.documentElement.dataset["theme"]).toBe("dark");
});

it("says so when an address does not exist", async () => {
  setup("/nowhere");
  expect(await screen.findByText(/There is nothing at \/nowhere/)).toBeVisible();
  expect(screen.getByRole("link", { name: "Back to the start page" })).toBeVisible();
});
