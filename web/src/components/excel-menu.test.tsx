import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import type { ImportReport } from "./excel/import-report";
import { ExcelMenu } from "./excel-menu";

const good: ImportReport = {
  dry_run: true,
  rows: 2,
  create: 1,
  update: 1,
  same: 0,
  rejected: 0,
  lines: [
    { line: 2, label: "10001", action: "create", problems: [], changes: [] },
    { line: 3, label: "10002", action: "update", problems: [], changes: ["name", "team"] },
  ],
};

const bad: ImportReport = {
  ...good,
  update: 0,
  rejected: 1,
  lines: [
    { line: 2, label: "10001", action: "create", problems: [], changes: [] },
    {
      line: 3,
      label: "1000?",
      action: "reject",
      problems: [
        { column: "number", code: "format", message: "not a staff number" },
        { column: "centre", code: "test.unknown_code", message: "there is no such centre" },
      ],
      changes: [],
    },
  ],
};

function setup(report: ImportReport) {
  const onImported = vi.fn();
  const server = fakeServer({
    "GET /api/staff/export": () => ({ body: "sheet" }),
    "POST /api/staff/import": ({ url }) => ({ body: { ...report, dry_run: url.searchParams.get("dry_run") === "true" } }),
  });
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined }));
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
  const names: Record<string, string> = { number: "Staff number", name: "Name", team: "Team", centre: "Centre" };
  const view = renderPart(
    <ExcelMenu
      exportPath="/api/staff/export"
      importPath="/api/staff/import"
      query={{ state: "active", team: undefined }}
      columnName={(key) => names[key] ?? key}
      onImported={onImported}
    />,
  );
  return { server, onImported, ...view };
}

async function choose(user: ReturnType<typeof setup>["user"]) {
  await user.click(screen.getByRole("button", { name: "Excel" }));
  await user.click(await screen.findByRole("menuitem", { name: "Import from Excel…" }));
  const dialog = await screen.findByRole("dialog");
  const input = dialog.querySelector<HTMLInputElement>("input[type=file]");
  if (!input) throw new Error("no file input");
  await user.upload(input, new File(["x"], "staff.xlsx"));
  return dialog;
}

it("exports what the page shows, in the language of the page", async () => {
  const { user, server } = setup(good);
  await user.click(screen.getByRole("button", { name: "Excel" }));
  await user.click(await screen.findByRole("menuitem", { name: "Export to Excel" }));
  await waitFor(() => {
    expect(server.to("GET /api/staff/export")).toHaveLength(1);
  });
  expect(server.requests[0]?.url.search).toBe("?state=active&lang=en");
});

it("tries a file without changing anything, tells what would happen, and then does it", async () => {
  const { user, server, onImported } = setup(good);
  const dialog = await choose(user);
  expect(await within(dialog).findByText("Ready to import: 1 new, 1 updated.")).toBeVisible();
  expect(within(dialog).getByText("Name, Team")).toBeVisible();
  expect(server.to("POST /api/staff/import").map(({ url }) => url.search)).toEqual(["?dry_run=true"]);
  expect(onImported).not.toHaveBeenCalled();
  await user.click(within(dialog).getByRole("button", { name: "Import 2 changes" }));
  expect(await within(dialog).findByText("Imported: 1 new, 1 updated.")).toBeVisible();
  expect(server.to("POST /api/staff/import").map(({ url }) => url.search)).toEqual(["?dry_run=true", "?dry_run=false"]);
  expect(onImported).toHaveBeenCalledOnce();
});

it("names every problem by line and column, and imports nothing while there is one", async () => {
  const { user } = setup(bad);
  const dialog = await choose(user);
  expect(await within(dialog).findByText(/1 row cannot be taken/)).toBeVisible();
  const table = within(dialog).getByRole("grid", { name: "Result by row" });
  expect(within(table).getByText("Staff number: Wrong format")).toBeVisible();
  expect(within(table).getByText("Centre: there is no such centre")).toBeVisible();
  expect(within(dialog).getByRole("button", { name: "Import 1 change" })).toBeDisabled();
  expect(within(table).queryByText("10001")).toBeNull();
  await user.click(within(dialog).getByRole("button", { name: "New 1" }));
  expect(within(table).getByText("10001")).toBeVisible();
});

it("tells what was given and what is taken away where the import knows", async () => {
  const { user } = setup({
    ...good,
    lines: [
      {
        line: 2,
        label: "checker",
        action: "update",
        problems: [],
        changes: ["name", "team"],
        values: [
          { column: "name", old: "A", new: "B" },
          { column: "team", old: "", new: "identity.role.read" },
          { column: "team", old: "audit.entry.read", new: "" },
        ],
      },
    ],
  });
  const dialog = await choose(user);
  expect(await within(dialog).findByText("Name: A → B, Team +identity.role.read, Team −audit.entry.read")).toBeVisible();
});

it("offers only the export to people who may not change the list", async () => {
  const server = fakeServer({ "GET /api/audit/export": () => ({ status: 403, body: { code: "actor.denied", title: "Forbidden", status: 403 } }) });
  const { user } = renderPart(<ExcelMenu exportPath="/api/audit/export" />);
  await user.click(screen.getByRole("button", { name: "Export to Excel" }));
  expect(await screen.findByText(/The export failed/)).toBeVisible();
  expect(server.requests).toHaveLength(1);
});
