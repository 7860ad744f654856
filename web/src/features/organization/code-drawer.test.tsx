import { screen, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import type { CodeItem, CodeTable } from "./api/codes";
import { CodeDrawer } from "./code-drawer";

const table: CodeTable = {
  code: "reason", name_zh: "来电原因", name_en: "Reasons", owner: "客服部", owner_centre_id: null, version: 1, published_at: null, items: 1, edition: 1,
};
const item: CodeItem = { code: "B", zh: "宽带", en: "Broadband", sort: 0, extra: { area_code: "020" } };

it("the second of two editors of a code sees field by field what the first one changed, and can publish on top of it", async () => {
  const theirs = { ...item, en: "Fibre", extra: { area_code: "0757" } };
  const server = fakeServer({
    "POST /api/code-tables/reason/versions": ({ body }) =>
      (body as { base_version: number }).base_version === 2
        ? { body: { version: 3, note: "", published_by: "", published_at: "2026-01-01T00:00:00Z", added: 0, changed: 1, removed: 0 } }
        : { status: 409, body: { code: "organization.changed_meanwhile", title: "Changed", status: 409, detail: "Reasons was changed by 1001" } },
    "GET /api/code-tables/reason": () => ({ body: { ...table, version: 2 } }),
    "GET /api/code-tables/reason/difference": () => ({ body: { items: [{ act: "change", old: item, new: theirs }] } }),
  });
  const onPublished = vi.fn();
  const { user } = renderPart(
    <CodeDrawer open table={table} item={item} extras={["area_code"]} extraName={() => "Area"} onClose={() => undefined} onPublished={onPublished} />,
  );
  const name = await screen.findByDisplayValue("Broadband");
  await user.clear(name);
  await user.type(name, "Internet");
  await user.type(screen.getByLabelText(/Why/), "clearer");
  await user.click(screen.getByRole("button", { name: /Publish/ }));
  const note = await screen.findByRole("alert");
  expect(await within(note).findByText("Fibre")).toBeVisible();
  expect(within(note).getByText("Internet")).toBeVisible();
  expect(within(note).getByText("0757")).toBeVisible();
  expect(within(note).getByText(/changed by 1001/)).toBeVisible();
  const keepMine = within(note).getAllByRole("button").at(-1);
  if (!keepMine) throw new Error("there is no way on");
  await user.click(keepMine);
  await vi.waitFor(() => {
    expect(onPublished).toHaveBeenCalledOnce();
  });
  expect(server.to("POST /api/code-tables/reason/versions").map(({ body }) => (body as { base_version: number }).base_version)).toEqual([1, 2]);
});
