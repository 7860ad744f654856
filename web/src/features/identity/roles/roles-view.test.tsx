import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { loadTexts } from "@/lib/i18n/setup";
import { aSession } from "@/test/factories";
import { fakeServer, type FakeAnswer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import type { Permission, Role } from "../api/list-roles";
import { RolesView } from "./roles-view";

function aRole(over: Partial<Role> = {}): Role {
  return {
    id: "01995d6e-0000-7000-8000-000000000001",
    code: "checker",
    ready: false,
    name_zh: "复核员",
    name_en: "Checker",
    note: "",
    levels: ["city"],
    permissions: ["identity.role.read"],
    state: "active",
    holders: 0,
    version: 1,
    created_at: "2026-11-20T06:00:00Z",
    updated_at: "2026-11-20T06:00:00Z",
    updated_by: "1002 方海燕",
    ...over,
  };
}

const permissions: Permission[] = [
  { permission: "identity.role.read", zh: "查看角色", en: "See roles", grave: false, domain: "identity" },
  { permission: "identity.role.edit", zh: "编辑角色", en: "Edit roles", grave: true, domain: "identity" },
];

async function open(over: { role?: Role; session?: ReturnType<typeof aSession>; put?: () => FakeAnswer } = {}) {
  await loadTexts("roles");
  const role = over.role ?? aRole();
  const server = fakeServer({
    "GET /api/roles": () => ({ body: { items: [role] } }),
    "GET /api/permissions": () => ({ body: { items: permissions } }),
    [`GET /api/roles/${role.id}/holders`]: () => ({ body: { items: [], next: "" } }),
    [`GET /api/roles/${role.id}`]: () => ({ body: aRole({ version: 2, name_zh: "审核员", permissions: ["identity.role.edit"] }) }),
    [`PUT /api/roles/${role.id}`]: over.put ?? (() => ({ body: role })),
  });
  const part = <RolesView filter={{}} onFilter={() => undefined} openId={role.id} onOpen={() => undefined} />;
  return { server, role, ...renderPart(part, { session: over.session ?? { ...aSession(), national: true } }) };
}

test("a role says in words what it allows and who may not be edited is only copied", async () => {
  await open({ role: aRole({ ready: true, permissions: ["identity.role.edit"] }) });
  const pane = await screen.findByRole("complementary", { name: "Role details" });
  expect(await within(pane).findByText("Edit roles")).toBeVisible();
  expect(within(pane).getByText("Grave")).toBeVisible();
  expect(within(pane).getByRole("button", { name: "Copy to a new role" })).toBeVisible();
  expect(within(pane).queryByRole("button", { name: "Edit" })).toBeNull();
});

test("whoever may only read sees no buttons that change", async () => {
  await open({ session: aSession(["identity.role.read"]) });
  const pane = await screen.findByRole("complementary", { name: "Role details" });
  expect(within(pane).queryByRole("button", { name: "Copy to a new role" })).toBeNull();
  expect(screen.queryByRole("button", { name: "New role" })).toBeNull();
});

test("the second of two editors sees what the first one changed, and can save on top of it", async () => {
  let asked = 0;
  const { server, role, user } = await open({
    put: () => {
      asked += 1;
      if (asked > 1) return { body: aRole({ version: 3 }) };
      return {
        status: 409,
        body: { code: "identity.changed_meanwhile", title: "Conflict", status: 409, detail: "the role checker was changed by 1003 李强", retryable: false },
      };
    },
  });
  const pane = await screen.findByRole("complementary", { name: "Role details" });
  await user.click(within(pane).getByRole("button", { name: "Edit" }));
  const name = await screen.findByLabelText("Chinese name");
  await user.clear(name);
  await user.type(name, "复查员");
  await user.click(screen.getByRole("button", { name: "Save" }));

  const note = await screen.findByRole("alert");
  expect(note).toHaveTextContent("1003 李强");
  await waitFor(() => {
    expect(note).toHaveTextContent("审核员");
  });
  expect(note).toHaveTextContent("复查员");
  expect(note).toHaveTextContent("Edit roles");
  await user.click(within(note).getByRole("button", { name: "Keep mine and save again" }));
  await waitFor(() => {
    expect(server.to(`PUT /api/roles/${role.id}`)).toHaveLength(2);
  });
  expect(server.to(`PUT /api/roles/${role.id}`).map((request) => (request.body as { version: number }).version)).toEqual([1, 2]);
});
