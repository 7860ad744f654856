import { screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import type { Centre } from "./api/centres";
import type { Team } from "./api/teams";
import { OrganizationView } from "./organization-view";

function aCentre(over: Partial<Centre>): Centre {
  return {
    id: "n",
    parent_id: null,
    level: "nation",
    code: "CN",
    name: "Nation",
    province: "",
    city: "",
    time_zone: "Asia/Shanghai",
    state: "active",
    version: 1,
    created_at: "2026-11-20T00:00:00Z",
    updated_at: "2026-11-20T00:00:00Z",
    updated_by: "1001 Lin",
    ...over,
  };
}

function aTeam(over: Partial<Team>): Team {
  return {
    id: "t1",
    centre_id: "gz",
    centre_name: "Guangzhou",
    code: "A",
    name: "Early",
    leader_id: null,
    leader_number: "",
    leader_name: "",
    shift: "early",
    state: "active",
    members: 3,
    version: 1,
    updated_at: "2026-11-20T00:00:00Z",
    updated_by: "",
    ...over,
  };
}

function Harness() {
  const [centre, setCentre] = useState<string | null>(null);
  return <OrganizationView centreId={centre} onCentre={setCentre} onAreas={() => undefined} />;
}

function setup() {
  const centres = [
    aCentre({}),
    aCentre({ id: "gd", parent_id: "n", level: "province", code: "GD", name: "Guangdong", province: "440000" }),
    aCentre({ id: "gz", parent_id: "gd", level: "city", code: "GZ", name: "Guangzhou", province: "440000", city: "440100" }),
  ];
  const full = (id: string) => {
    const centre = centres.find((entry) => entry.id === id) ?? aCentre({});
    return { ...centre, path: [{ id: "n", name: "Nation" }, { id, name: centre.name }], centres: 1, teams: 1, members: 3, areas: 0 };
  };
  let stored = aTeam({});
  const server = fakeServer({
    "GET /api/centres/tree": () => ({ body: { items: centres } }),
    "GET /api/centres/n": () => ({ body: full("n") }),
    "GET /api/centres/gd": () => ({ body: full("gd") }),
    "GET /api/centres/gz": () => ({ body: full("gz") }),
    "POST /api/centres": ({ body }) => {
      const { code } = body as { code: string };
      if (code === "bad code") {
        const errors = [{ location: "body.code", code: "organization.bad_format", message: "no" }];
        return { status: 422, body: { code: "organization.invalid_centre", title: "x", status: 422, detail: "x", errors } };
      }
      const made = aCentre({ ...(body as Partial<Centre>), id: "new" });
      centres.push(made);
      return { status: 201, body: made };
    },
    "GET /api/centres/new": () => ({ body: full("new") }),
    "POST /api/centres/gz/close": ({ body }) => {
      expect(body).toEqual({ version: 1, reason: "merged" });
      return { status: 409, body: { code: "organization.centre_in_use", title: "x", status: 409, detail: "the centre still has 1 teams" } };
    },
    "GET /api/teams": () => ({ body: { items: [stored], next: "" } }),
    "GET /api/teams/t1": () => ({ body: stored }),
    "PUT /api/teams/t1": ({ body }) => {
      const { version, ...values } = body as Team;
      if (version !== stored.version) {
        const detail = "Late was changed by 1002 Zhou at 2026-11-20T08:00:00Z";
        return { status: 409, body: { code: "organization.changed_meanwhile", title: "x", status: 409, detail } };
      }
      stored = { ...stored, ...values, version: version + 1 };
      return { body: stored };
    },
    "GET /api/service-areas": () => ({ body: { items: [], next: "" } }),
    "GET /api/staff": () => ({ body: { items: [], next: "" } }),
    "GET /api/code-tables/province/items": () => ({ body: { items: [{ code: "440000", zh: "广东省", en: "Guangdong" }], next: "" } }),
    "GET /api/code-tables/city/items": () => ({
      body: { items: [{ code: "440100", zh: "广州市", en: "Guangzhou City", parent: "440000" }], next: "" },
    }),
    "GET /api/code-tables/service/items": () => ({ body: { items: [], next: "" } }),
  });
  return {
    server,
    change: (over: Partial<Team>) => {
      stored = { ...stored, ...over, version: stored.version + 1 };
    },
    ...renderPart(<Harness />),
  };
}

it("shows what the chosen centre is and has", async () => {
  const { user } = setup();
  await user.click(await screen.findByTitle("Guangzhou"));
  const details = await screen.findByRole("region", { name: "Guangzhou" });
  expect(await within(details).findByText("Guangzhou City 440100")).toBeVisible();
  expect(await within(details).findByText("Early")).toBeVisible();
  expect(within(details).getByText("Nation › Guangzhou")).toBeVisible();
});

it("makes a centre below the chosen one by keyboard; a wrong field is said at the field", async () => {
  const { user, server } = setup();
  await user.click(await screen.findByTitle("Guangdong"));
  await screen.findByRole("region", { name: "Guangdong" });
  await user.keyboard("n");
  const dialog = await screen.findByRole("dialog");
  expect(within(dialog).getByText("Below “Guangdong”")).toBeVisible();
  await user.type(within(dialog).getByLabelText("Name"), "Hall");
  await user.type(within(dialog).getByLabelText("Centre code"), "bad code{Control>}{Enter}{/Control}");
  expect(await within(dialog).findByText("Has the wrong form")).toBeVisible();
  await user.clear(within(dialog).getByLabelText("Centre code"));
  await user.type(within(dialog).getByLabelText("Centre code"), "GD-1{Control>}{Enter}{/Control}");
  expect(await screen.findByRole("region", { name: "Hall" })).toBeVisible();
  const posts = server.to("POST /api/centres");
  expect(posts[1]?.body).toMatchObject({ parent_id: "gd", level: "city", province: "440000", time_zone: "Asia/Shanghai" });
  expect(posts[1]?.headers.get("Idempotency-Key")).toBe(posts[0]?.headers.get("Idempotency-Key"));
});

it("closes a centre with a reason, and says what is still in it", async () => {
  const { user } = setup();
  await user.click(await screen.findByTitle("Guangzhou"));
  const details = await screen.findByRole("region", { name: "Guangzhou" });
  await user.click(within(details).getByRole("button", { name: "Close down" }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByRole("textbox"), "merged");
  await user.click(within(dialog).getByRole("button", { name: "Close down" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("The centre still has active centres, teams, staff or service areas");
});

it("shows the second of two editors what the first one changed, and lets both ways on", async () => {
  const { user, server, change } = setup();
  await user.click(await screen.findByTitle("Guangzhou"));
  await user.click(await screen.findByRole("button", { name: "Edit “Early”" }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByLabelText("Name"), " one");
  change({ name: "Late", shift: "late" });
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  const note = await within(dialog).findByRole("alert");
  expect(note).toHaveTextContent("1002 Zhou");
  await waitFor(() => {
    expect(note).toHaveTextContent("Late");
  });
  expect(within(dialog).getByLabelText("Name")).toHaveValue("Early one");
  await user.click(within(note).getByRole("button", { name: /mine/i }));
  await waitFor(() => {
    expect(server.to("PUT /api/teams/t1")).toHaveLength(2);
  });
  expect(server.to("PUT /api/teams/t1")[1]?.body).toMatchObject({ version: 2, name: "Early one" });
});
