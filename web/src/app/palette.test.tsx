import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { aMessage, aSession } from "@/test/factories";
import { fakeServer } from "@/test/fake-server";
import { renderApp } from "@/test/render";

const permissions = ["notify.message.read", "notify.message.send", "organization.staff.read", "organization.centre.read", "identity.role.read"];

function setup(held = permissions) {
  const server = fakeServer({
    "GET /api/messages": () => ({ body: { items: [aMessage({ subject: "First" })], next: "" } }),
    "GET /api/staff": () => ({ body: { items: [{ id: "s7", number: "GZ0017", name: "吴静", centre_name: "广州中心" }], next: "" } }),
    "GET /api/centres/tree": () => ({ body: { items: [{ id: "c1", parent_id: null, level: "nation", code: "CN", name: "Guangwu centre", state: "active" }] } }),
    "GET /api/roles": () => ({ body: { items: [{ id: "r1", code: "auditor", name_zh: "审计员", name_en: "Auditor" }] } }),
  });
  return { server, ...renderApp("/messages", { session: aSession(held) }) };
}

it("finds people by pinyin, centres and roles, and goes there", async () => {
  const { user, server, router } = setup();
  await screen.findByText("First");
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByRole("combobox", { name: "Command palette" }), "wu");
  expect(await screen.findByRole("option", { name: /GZ0017 吴静/ })).toBeVisible();
  expect(screen.getByRole("option", { name: /Guangwu centre/ })).toBeVisible();
  expect(server.to("GET /api/staff").at(-1)?.url.searchParams.get("q")).toBe("wu");
  await user.clear(screen.getByRole("combobox"));
  await user.type(screen.getByRole("combobox"), "auditor");
  await user.click(await screen.findByRole("option", { name: /Role\s*Auditor/ }));
  await waitFor(() => {
    expect(router.state.location.href).toBe("/roles?open=r1");
  });
  await user.keyboard("{Control>}k{/Control}");
  expect(await screen.findByRole("option", { name: /Recent\s*Auditor/ })).toBeInTheDocument();
});

it("offers what can be done on the page that is open", async () => {
  const { user } = setup();
  await screen.findByText("First");
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByRole("combobox", { name: "Command palette" }), "test message");
  await user.keyboard("{Enter}");
  expect(await screen.findByLabelText("Recipient")).toBeVisible();
});

it("asks for nothing that this person may not see", async () => {
  const { user, server } = setup(["notify.message.read"]);
  await screen.findByText("First");
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByRole("combobox", { name: "Command palette" }), "webhooks");
  expect(await screen.findByText("Nothing matches “webhooks”.")).toBeVisible();
  expect(server.to("GET /api/staff")).toHaveLength(0);
  expect(server.to("GET /api/roles")).toHaveLength(0);
});
