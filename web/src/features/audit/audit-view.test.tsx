import { screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import { aSession } from "@/test/factories";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import type { EntryDetail } from "./api/get-entry";
import type { Seal } from "./api/get-seal";
import type { Entry } from "./api/list-entries";
import { AuditView } from "./audit-view";
import type { AuditFilter } from "./filter";

function anEntry(over: Partial<Entry> = {}): Entry {
  return {
    id: "01a1e283-f060-7000-8000-000000000001",
    at: "2026-11-21T04:00:00Z",
    actor: { kind: "person", account_id: "a", number: "GD0001", name: "林一", address: "192.0.2.7" },
    action: "organization.staff.update",
    object: { kind: "organization.staff", id: "s1", label: "GD0002" },
    centre_id: "c1",
    province: "440000",
    city: "",
    reason: "调班",
    changes: 1,
    ...over,
  };
}

function aDetail(entry: Entry): EntryDetail {
  return {
    ...entry,
    fields: [{ field: "team", old: "早班", new: { code: "NIGHT" } }],
    request_id: "4beb62ca-f",
    sealed: true,
  };
}

function aSeal(over: Partial<Seal> = {}): Seal {
  return {
    condition: "whole",
    last_number: 7,
    last_made_at: "2026-11-21T04:00:05Z",
    last_head: "9f86d081",
    key_id: "fe812c12f3ab4ce6",
    public_key: "ed25519:AAAA",
    waiting_seconds: 0,
    verified_at: "2026-11-21T03:00:00Z",
    verified_entries: 1200,
    wrong: 0,
    first_wrong: "",
    ...over,
  };
}

function Harness() {
  const [filter, setFilter] = useState<AuditFilter>({});
  const [open, setOpen] = useState<string | null>(null);
  return <AuditView filter={filter} onFilter={setFilter} openId={open} onOpen={setOpen} />;
}

function setup(entries: Entry[], seal: Seal = aSeal(), session = aSession()) {
  const server = fakeServer({
    "GET /api/audit-entries": ({ url }) => {
      const q = url.searchParams;
      const items = entries.filter(
        (entry) =>
          (q.get("actor") === null || entry.actor.number === q.get("actor")) &&
          (q.get("text") === null || entry.reason.includes(q.get("text") ?? "")) &&
          (q.get("object_id") === null || entry.object.id === q.get("object_id")),
      );
      return { body: { items, next: "" } };
    },
    "GET /api/audit/seal": () => ({ body: seal }),
    "GET /api/centres/tree": () => ({
      body: { items: [{ id: "c1", parent_id: "", level: "nation", code: "N", name: "National centre", state: "active" }] },
    }),
    "POST /api/audit/verification": () => ({ body: { entries: 1200, batches: 7, wrong: 0, findings: [] } }),
    ...Object.fromEntries(entries.map((entry) => [`GET /api/audit-entries/${entry.id}`, () => ({ body: aDetail(entry) })])),
  });
  return { server, ...renderPart(<Harness />, { session }) };
}

it("shows who did what in words, and the change of each field beside the list", async () => {
  const { user } = setup([anEntry()]);
  expect(await screen.findByText("Change staff")).toBeVisible();
  expect(screen.getByText("林一 GD0001")).toBeVisible();
  await user.keyboard("j{Enter}");
  const pane = await screen.findByRole("complementary", { name: "Entry details" });
  const row = await within(pane).findByRole("row", { name: /team/ });
  expect(row).toHaveTextContent("早班");
  expect(row).toHaveTextContent("NIGHT");
  expect(within(pane).getByText("National centre")).toBeVisible();
  expect(within(pane).getByRole("button", { name: "Copy 4beb62ca-f" })).toBeVisible();
  expect(within(pane).getByText("Sealed")).toBeVisible();
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("complementary")).toBeNull();
});

it("asks the server for the last thirty days, and for what is typed when Enter is pressed", async () => {
  const { user, server } = setup([anEntry(), anEntry({ id: "2", reason: "离职", actor: { ...anEntry().actor, number: "GD0009" } })]);
  await screen.findAllByText("Change staff");
  const first = server.to("GET /api/audit-entries")[0];
  expect(first?.url.searchParams.get("from")).toMatch(/^\d{4}-\d\d-\d\dT/);
  await user.keyboard("/");
  const search = screen.getByLabelText("Reason or object");
  expect(search).toHaveFocus();
  await user.keyboard("离职{Enter}");
  await waitFor(() => {
    expect(screen.getAllByText("Change staff")).toHaveLength(1);
  });
  await user.click(screen.getByRole("button", { name: "All" }));
  await waitFor(() => {
    expect(server.to("GET /api/audit-entries").at(-1)?.url.searchParams.get("from")).toBeNull();
  });
  expect(server.to("GET /api/audit-entries").at(-1)?.url.searchParams.get("text")).toBe("离职");
});

it("lists the whole history of one object", async () => {
  const { user, server } = setup([anEntry()]);
  await screen.findByText("Change staff");
  await user.keyboard("j{Enter}");
  await user.click(await screen.findByRole("button", { name: "Only this object" }));
  await waitFor(() => {
    expect(server.to("GET /api/audit-entries").at(-1)?.url.searchParams.get("object_id")).toBe("s1");
  });
  await user.click(screen.getByRole("button", { name: /Object: staff s1/ }));
  await waitFor(() => {
    expect(server.to("GET /api/audit-entries").at(-1)?.url.searchParams.get("object_id")).toBeNull();
  });
});

it("says when something was changed, and what first", async () => {
  setup([anEntry()], aSeal({ condition: "wrong", wrong: 2, first_wrong: "the entry x was changed" }));
  expect(await screen.findByText("Something was changed")).toBeVisible();
  expect(screen.getByText(/2 things are wrong/)).toBeVisible();
  expect(screen.getByText("the entry x was changed")).toBeVisible();
});

it("verifies on demand and says what came out", async () => {
  const { user } = setup([anEntry()]);
  await user.click(await screen.findByRole("button", { name: "Verify now" }));
  expect(await screen.findByText("1200 entries and 7 batches verified, nothing was changed.")).toBeVisible();
});

it("offers neither export nor verification to those who may not", async () => {
  const session = { ...aSession(), can: (permission: string) => permission === "audit.entry.read" || permission === "audit.seal.read" };
  setup([anEntry()], aSeal(), session);
  await screen.findByText("Change staff");
  expect(screen.queryByRole("button", { name: "Verify now" })).toBeNull();
  expect(screen.queryByRole("button", { name: /Export/ })).toBeNull();
});

it("says what to do when nothing matches", async () => {
  const { user } = setup([]);
  expect(await screen.findByText("No entry matches")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Search all time" }));
  expect(await screen.findByText("No entry matches")).toBeVisible();
});
