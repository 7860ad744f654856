import { screen, within } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import { aSession } from "@/test/factories";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import { SavedViews } from "./saved-views";
import type { SavedView, ViewBody } from "./views/api";

interface Filter {
  state?: string;
  team?: string;
}

function aView(over: Partial<SavedView>): SavedView {
  return {
    id: "v1",
    page: "staff",
    name: "Left staff",
    value: { state: "left" },
    shared: "private",
    own: true,
    owner_number: "10001",
    owner_name: "Lin",
    version: 1,
    ...over,
  };
}

function Harness() {
  const [filter, setFilter] = useState<Filter>({});
  return (
    <>
      <SavedViews<Filter> page="staff" value={filter} onApply={setFilter} />
      <button
        type="button"
        onClick={() => {
          setFilter({ team: "t1", state: undefined });
        }}
      >
        change filter
      </button>
      <output>{JSON.stringify(filter)}</output>
    </>
  );
}

function setup(permissions?: string[]) {
  const views = [aView({}), aView({ id: "v2", name: "Night team", value: { team: "t9" }, own: false, owner_name: "Wang" })];
  const server = fakeServer({
    "GET /api/saved-views": () => ({ body: { items: views } }),
    "POST /api/saved-views": ({ body }) => {
      const { name, value, shared } = body as ViewBody;
      if (name === "Left staff") {
        const errors = [{ location: "body.name", code: "identity.view_name_taken", message: "taken" }];
        return { status: 409, body: { code: "identity.view_name_taken", title: "Conflict", status: 409, errors } };
      }
      views.push(aView({ id: "v3", name, value, shared }));
      return { status: 201, body: { id: "v3" } };
    },
    "DELETE /api/saved-views/v1": () => {
      views.shift();
      return { status: 204 };
    },
  });
  return { server, ...renderPart(<Harness />, { session: aSession(permissions) }) };
}

it("applies own and shared views and names the one that is shown", async () => {
  const { user } = setup();
  await user.click(screen.getByRole("button", { name: "Views: none" }));
  await user.click(await screen.findByText("Night team (Wang)"));
  expect(screen.getByRole("status")).toHaveTextContent('{"team":"t9"}');
  expect(screen.getByRole("button", { name: "Views: Night team" })).toBeVisible();
});

it("saves the filters under a name; a name that is taken is said at the field", async () => {
  const { user, server } = setup();
  await user.click(screen.getByRole("button", { name: "change filter" }));
  await user.click(screen.getByRole("button", { name: "Views: none" }));
  await user.click(await screen.findByText("Save this view…"));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByLabelText("Name"), "Left staff");
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(await within(dialog).findByText("You have a view of this name here already.")).toBeVisible();
  await user.clear(within(dialog).getByLabelText("Name"));
  await user.type(within(dialog).getByLabelText("Name"), "Team one");
  await user.click(within(dialog).getByRole("radio", { name: "My team" }));
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(await screen.findByRole("button", { name: "Views: Team one" })).toBeVisible();
  expect(server.to("POST /api/saved-views").at(-1)?.body).toEqual({ page: "staff", name: "Team one", value: { team: "t1" }, shared: "team" });
});

it("removes an own view, and lets nobody share who may not", async () => {
  const { user, server } = setup([]);
  await user.click(screen.getByRole("button", { name: "Views: none" }));
  await user.click(await screen.findByText("Left staff"));
  await user.click(screen.getByRole("button", { name: "Views: Left staff" }));
  await user.click(await screen.findByText("Change “Left staff”…"));
  const dialog = await screen.findByRole("dialog");
  expect(within(dialog).getByRole("radio", { name: "My team" })).toBeDisabled();
  await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
  await user.click(screen.getByRole("button", { name: "Views: Left staff" }));
  await user.click(await screen.findByText("Remove “Left staff”"));
  expect(await screen.findByRole("button", { name: "Views: none" })).toBeVisible();
  expect(server.to("DELETE /api/saved-views/v1")[0]?.url.search).toBe("?version=1");
});
