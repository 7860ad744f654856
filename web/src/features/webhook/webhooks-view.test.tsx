import { screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import { aDelivery, aWebhook } from "@/test/factories";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import { WebhooksView } from "./webhooks-view";

function Harness() {
  const [open, setOpen] = useState<string | null>(null);
  return <WebhooksView openId={open} onOpen={setOpen} />;
}

function setup(webhooks = [aWebhook()]) {
  const deliveries = [aDelivery({ state: "failed", attempts: 8, status_code: 503, last_error: "the receiver answered 503" })];
  const server = fakeServer({
    "GET /api/webhooks": () => ({ body: { items: webhooks, topics: ["notify.message_failed", "notify.message_sent"] } }),
    "GET /api/webhooks/w1/deliveries": () => ({ body: { items: deliveries, next: "" } }),
    "GET /api/webhooks/w2/deliveries": () => ({ body: { items: [], next: "" } }),
    "POST /api/webhook-deliveries/d1/replay": () => {
      deliveries[0] = aDelivery({ state: "pending" });
      return { status: 202, body: {} };
    },
    "DELETE /api/webhooks/w1": () => {
      webhooks.splice(0, 1);
      return { status: 204 };
    },
    "POST /api/webhooks": ({ body }) => {
      const { url, topics } = body as { url: string; topics: string[] };
      if (url.includes("10.0.0.1")) {
        return {
          status: 422,
          body: {
            code: "webhook.internal_address",
            title: "Unprocessable",
            status: 422,
            detail: "",
            errors: [{ location: "body.url", message: "This address is inside the network.", code: "" }],
          },
        };
      }
      webhooks.push(aWebhook({ id: "w2", url, topics }));
      return { status: 201, body: { id: "w2", secret: "whsec_once" } };
    },
  });
  return { server, webhooks, ...renderPart(<Harness />) };
}

it("shows what was delivered and sends a failed delivery again", async () => {
  const { user, server } = setup();
  await screen.findByText("https://crm.example.com/hooks");
  await user.keyboard("j{Enter}");
  const pane = screen.getByRole("complementary", { name: "Webhook details" });
  expect(await within(pane).findByText("the receiver answered 503")).toBeVisible();
  expect(pane).toHaveTextContent("8 tries, answered 503");
  await user.click(within(pane).getByRole("button", { name: "Send again: workorder.closed" }));
  expect(await within(pane).findByText("Waiting")).toBeVisible();
  expect(server.to("POST /api/webhook-deliveries/d1/replay")).toHaveLength(1);
});

it("asks once, naming the consequence, before it deletes", async () => {
  const { user, server } = setup();
  await user.click(await screen.findByText("https://crm.example.com/hooks"));
  await user.click(screen.getByRole("button", { name: "Delete" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("https://crm.example.com/hooks gets no more events");
  expect(server.to("DELETE /api/webhooks/w1")).toHaveLength(0);
  await user.click(within(dialog).getByRole("button", { name: "Delete" }));
  expect(await screen.findByText("No webhooks yet")).toBeVisible();
});

it("says a wrong address at its field, then shows the secret once", async () => {
  const { user, webhooks } = setup([]);
  await screen.findByText("No webhooks yet");
  await user.keyboard("n");
  const address = await screen.findByLabelText("Address");
  await user.clear(address);
  await user.type(address, "https://10.0.0.1/x");
  await user.type(screen.getByLabelText("Topics"), "workorder.closed, ");
  await user.click(screen.getByRole("button", { name: "notify.message_sent" }));
  await user.click(screen.getByRole("button", { name: "Create" }));
  expect(await screen.findByText("This address is inside the network.")).toBeVisible();
  await user.clear(address);
  await user.type(address, "https://bi.example.com/in");
  await user.click(screen.getByRole("button", { name: "Create" }));
  expect(await screen.findByRole("button", { name: "Copy whsec_once" })).toBeVisible();
  expect(webhooks[0]?.topics).toEqual(["workorder.closed", "notify.message_sent"]);
  await user.keyboard("{Escape}");
  expect(screen.getByRole("button", { name: "Copy whsec_once" })).toBeVisible();
  await user.click(screen.getByRole("button", { name: "I have stored it" }));
  await waitFor(() => {
    expect(screen.queryByRole("button", { name: "Copy whsec_once" })).toBeNull();
  });
  expect(await screen.findByRole("complementary", { name: "Webhook details" })).toHaveTextContent("https://bi.example.com/in");
  expect(await screen.findByText(/Nothing was delivered yet/)).toBeVisible();
});
