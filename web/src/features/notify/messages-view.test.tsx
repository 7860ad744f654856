import { screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import { aMessage } from "@/test/factories";
import { fakeServer, type FakeRequest } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import type { Message, MessageFilter } from "./api/list-messages";
import { MessagesView } from "./messages-view";

function Harness() {
  const [filter, setFilter] = useState<MessageFilter>({});
  const [open, setOpen] = useState<string | null>(null);
  return <MessagesView filter={filter} onFilter={setFilter} openId={open} onOpen={setOpen} />;
}

function setup(messages: Message[], down = false) {
  const server = fakeServer({
    "GET /api/messages": ({ url }) => {
      const state = url.searchParams.get("state");
      const after = Number(url.searchParams.get("after") ?? 0);
      const items = messages.filter((message) => state === null || message.state === state);
      const next = after + 50 < items.length ? String(after + 50) : "";
      return { body: { items: items.slice(after, after + 50), next } };
    },
    "POST /api/messages": ({ body }) => {
      const { recipient } = body as { recipient: string };
      if (recipient !== "13900005678") {
        return {
          status: 422,
          body: {
            title: "Unprocessable Entity",
            status: 422,
            detail: "bad",
            code: "notify.bad_recipient",
            errors: [{ location: "body.recipient", message: "bad", code: "notify.bad_recipient" }],
          },
        };
      }
      messages.unshift(aMessage({ id: "new", state: "queued" }));
      return { status: 202, body: { id: "new" } };
    },
  });
  server.setDown(down);
  return { server, ...renderPart(<Harness />) };
}

function keyOf(request: FakeRequest | undefined): string {
  return request?.headers.get("Idempotency-Key") ?? "";
}

it("reads ten messages without leaving the list", async () => {
  const { user } = setup([
    aMessage({ id: "a", subject: "First" }),
    aMessage({ id: "b", subject: "Second", state: "failed", error_code: "notify.refused", error: "550 no such mailbox" }),
  ]);
  await screen.findByText("First");
  await user.keyboard("j{Enter}");
  const pane = screen.getByRole("complementary", { name: "Message details" });
  expect(pane).toHaveTextContent("The channel has taken it.");
  await user.keyboard("j");
  expect(within(screen.getByRole("complementary")).getByText("550 no such mailbox")).toBeVisible();
  expect(screen.getByRole("button", { name: "Copy notify.refused" })).toBeVisible();
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("complementary")).toBeNull();
  expect(screen.getByText("First")).toBeVisible();
});

it("filters on the server and offers a way out of an empty result", async () => {
  const { user, server } = setup([aMessage({ subject: "First" })]);
  await screen.findByText("First");
  await user.click(screen.getByRole("button", { name: "Failed" }));
  expect(await screen.findByText("No message matches the filters")).toBeVisible();
  expect(server.requests.at(-1)?.url.searchParams.get("state")).toBe("failed");
  await user.click(screen.getByRole("button", { name: "Show all" }));
  expect(await screen.findByText("First")).toBeVisible();
});

it("loads the next page by its cursor when the end comes near", async () => {
  const { server } = setup(Array.from({ length: 60 }, (_, index) => aMessage({ id: `m${index}`, subject: `S${index}` })));
  await screen.findByText("S0");
  // Nothing has a size here, so that some 40 rows count as seen.
  await waitFor(() => {
    expect(server.requests.some((request) => request.url.searchParams.get("after") === "50")).toBe(true);
  });
  expect(await screen.findByText("60 entries, that is all")).toBeVisible();
});

it("says what would be here when nothing was sent, and offers the first step", async () => {
  setup([]);
  expect(await screen.findByText("Nothing was sent yet")).toBeVisible();
  expect(screen.getAllByRole("button", { name: "Send a test message" })).toHaveLength(2);
});

it("shows what failed with the code, and tries again", async () => {
  const { server, user } = setup([aMessage({ subject: "First" })], true);
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("The messages could not be loaded.");
  expect(alert).toHaveTextContent("The server does not answer");
  expect(within(alert).getByRole("button", { name: "Copy client.unreachable" })).toBeVisible();
  server.setDown(false);
  await user.click(within(alert).getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("First")).toBeVisible();
  expect(screen.queryByRole("alert")).toBeNull();
});

it("sends a message by keyboard; a wrong field is said at the field and the key of the form stays", async () => {
  const { user, server } = setup([]);
  await screen.findByText("Nothing was sent yet");
  await user.keyboard("n");
  const recipient = await screen.findByLabelText("Recipient");
  await waitFor(() => {
    expect(recipient).toHaveFocus();
  });
  await user.keyboard("123{Control>}{Enter}{/Control}");
  expect(await screen.findByText("Not a phone number or e-mail address that can be sent to.")).toBeVisible();
  await user.clear(recipient);
  await user.type(recipient, "13900005678");
  await user.click(screen.getByRole("button", { name: "Send" }));
  const pane = await screen.findByRole("complementary", { name: "Message details" });
  await waitFor(() => {
    expect(pane).toHaveTextContent("Accepted, waiting to be sent.");
  });
  const posts = server.to("POST /api/messages");
  expect(posts).toHaveLength(2);
  expect(keyOf(posts[0])).toMatch(/^[0-9a-f-]{36}$/);
  expect(keyOf(posts[1])).toBe(keyOf(posts[0]));
  expect(posts[1]?.body).toMatchObject({ channel: "sms", recipient: "13900005678", subject: "" });
});

it("keeps the form and its key when the server is away, and says that repeating is safe", async () => {
  const { user, server } = setup([]);
  await screen.findByText("Nothing was sent yet");
  await user.keyboard("n");
  await user.type(await screen.findByLabelText("Recipient"), "13900005678");
  server.setDown(true);
  await user.click(screen.getByRole("button", { name: "Send" }));
  const dialog = screen.getByRole("dialog");
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("Sending again does not send it twice.");
  server.setDown(false);
  await user.click(screen.getByRole("button", { name: "Send" }));
  expect(await screen.findByRole("complementary", { name: "Message details" })).toBeVisible();
});
