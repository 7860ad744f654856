import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { aSession } from "@/test/factories";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import { FieldLabel } from "./field-label";
import { PageHeader } from "./page-header";

function setup(permissions: string[] = []) {
  fakeServer({
    "GET /api/help/organization.staff": () => ({
      body: {
        items: [
          { key: "organization.staff", lang: "en", body_html: "<p>Ask <strong>Ms Lin</strong>.</p>", updated_at: "2026-11-01T00:00:00Z", centre: { id: "c1", name: "Guangdong", level: "province" } },
          { key: "organization.staff.number", lang: "en", body_html: "<p>From 20000 on.</p>", updated_at: "2026-11-01T00:00:00Z", centre: { id: "c1", name: "Guangdong", level: "province" } },
          { key: "organization.staff", lang: "zh-CN", body_html: "<p>找林老师</p>", updated_at: "2026-11-01T00:00:00Z", centre: { id: "c1", name: "Guangdong", level: "province" } },
        ],
      },
    }),
  });
  return renderPart(
    <>
      <PageHeader title="Staff" help="organization.staff" />
      <label htmlFor="number">
        <FieldLabel help="organization.staff.number">Number</FieldLabel>
      </label>
      <input id="number" />
      <label htmlFor="other">
        <FieldLabel help="organization.staff.nothing_written">Other</FieldLabel>
      </label>
      <input id="other" />
    </>,
    { session: aSession(permissions) },
  );
}

it("offers the editor to those who may add to the help", async () => {
  const { user } = setup(["setting.help.edit"]);
  await user.click(screen.getByRole("button", { name: "Help for this page" }));
  const drawer = await screen.findByRole("dialog");
  expect(within(drawer).getByRole("link", { name: "Add to this help" })).toHaveAttribute("href", "/help-texts?q=organization.staff");
});

it("opens the help of the page by F1, also from a field, with what the operator added in the language shown", async () => {
  const { user } = setup();
  await user.click(screen.getByLabelText("Number"));
  await user.keyboard("{F1}");
  const drawer = await screen.findByRole("dialog", { name: "Help: Staff" });
  expect(within(drawer).getByText(/The people: staff number, name/)).toBeInTheDocument();
  expect(await within(drawer).findByText("Ms Lin")).toBeInTheDocument();
  expect(within(drawer).getByText("Guangdong · Field number")).toBeInTheDocument();
  expect(within(drawer).queryByText("找林老师")).toBeNull();
  expect(within(drawer).queryByRole("link", { name: "Add to this help" })).toBeNull();
});

it("explains a field by keyboard, and shows no mark where there is nothing to explain", async () => {
  const { user } = setup();
  expect(screen.getAllByRole("button", { name: "Help" })).toHaveLength(1);
  await user.tab();
  await user.tab();
  expect(screen.getByRole("button", { name: "Help" })).toHaveFocus();
  expect(await screen.findByRole("tooltip")).toHaveTextContent("2 to 16 capital letters or digits");
});
