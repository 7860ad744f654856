import { screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import { loadTexts } from "@/lib/i18n/setup";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import type { Staff, StaffFilter, StaffFull } from "./api/staff";
import { StaffView } from "./staff-view";

function aPerson(over: Partial<Staff> = {}): Staff {
  return {
    id: "p1", number: "4101", name: "Wang", centre_id: "c1", centre_name: "Guangzhou", team_id: null, team_name: "", post_id: null, post_zh: "", post_en: "",
    class: "", mobile: "154****5678", email: "w***@example.com", state: "active", joined_on: "2020-01-01", left_on: "", version: 3,
    ...over,
  };
}

function full(person: Staff): StaffFull {
  return {
    ...person, path: [{ id: "c1", name: "Guangzhou" }], skills: [], leads: [], edition: 0, acknowledged_at: null,
    updated_by: "", updated_at: "2026-11-20T06:00:00Z", created_at: "2026-11-20T06:00:00Z",
  };
}

function Harness() {
  const [filter, setFilter] = useState<StaffFilter>({});
  const [open, setOpen] = useState<string | null>(null);
  return <StaffView filter={filter} onFilter={setFilter} openId={open} onOpen={setOpen} />;
}

async function setup(people: Staff[]) {
  await loadTexts("staff", "organization");
  const server = fakeServer({
    "GET /api/staff": ({ url }) => {
      const q = url.searchParams.get("q");
      return { body: { items: people.filter((person) => q === null || person.name.toLowerCase().startsWith(q)), next: "" } };
    },
    "GET /api/staff/p1": () => ({ body: full(people[0] ?? aPerson()) }),
    "GET /api/staff/p1/history": () => ({ body: { items: [], next: "" } }),
    "GET /api/centres/tree": () => ({ body: { items: [{ id: "c1", parent_id: null, level: "nation", code: "CN", name: "Guangzhou", state: "active" }] } }),
    "GET /api/teams": () => ({ body: { items: [], next: "" } }),
    "GET /api/skills": () => ({ body: { items: [], next: "" } }),
    "GET /api/posts": () => ({ body: { items: [], next: "" } }),
    "GET /api/me/views": () => ({ body: { items: [] } }),
    "POST /api/staff/p1/reveal": () => ({ body: { mobile: "15412345678", email: "wang@example.com" } }),
    "POST /api/staff/move": () => ({ status: 409, body: { title: "Conflict", status: 409, detail: "leads", code: "organization.leads_team" } }),
  });
  return { server, ...renderPart(<Harness />) };
}

it("finds people on the server when typing rests", async () => {
  const { user, server } = await setup([aPerson(), aPerson({ id: "p2", number: "4102", name: "Lin" })]);
  await screen.findByText("Wang");
  await user.type(screen.getByRole("searchbox", { name: "Find people" }), "li");
  await waitFor(() => {
    expect(screen.queryByText("Wang")).toBeNull();
  });
  expect(await screen.findByText("Lin")).toBeVisible();
  expect(screen.getByRole("searchbox", { name: "Find people" })).toHaveFocus();
  expect(server.to("GET /api/staff").at(-1)?.url.searchParams.get("q")).toBe("li");
});

it("shows a number in full for a reason only", async () => {
  const { user, server } = await setup([aPerson()]);
  await screen.findByText("Wang");
  await user.keyboard("j{Enter}");
  const pane = await screen.findByRole("complementary", { name: "Details" });
  expect(await within(pane).findByText("154****5678")).toBeVisible();
  await user.click(within(pane).getByRole("button", { name: "Show in full" }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByRole("textbox"), "urgent");
  await user.click(within(dialog).getByRole("button", { name: "Show in full" }));
  expect(await within(pane).findByText("15412345678")).toBeVisible();
  expect(server.to("POST /api/staff/p1/reveal")[0]?.body).toEqual({ reason: "urgent" });
});

it("moves the ticked people together, by keyboard, and says why not", async () => {
  const { user, server } = await setup([aPerson(), aPerson({ id: "p2", number: "4102", name: "Lin", version: 7 })]);
  await screen.findByText("Wang");
  await user.keyboard("jxjx");
  const bar = await screen.findByRole("toolbar");
  await user.click(within(bar).getByRole("button", { name: "Move" }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("button", { name: "Move" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("This person leads a team");
  expect(server.to("POST /api/staff/move")[0]?.body).toEqual({
    staff: [
      { id: "p1", version: 3 },
      { id: "p2", version: 7 },
    ],
    centre_id: "c1",
    reason: "",
  });
});
