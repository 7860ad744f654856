import { screen, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import type { Post } from "./api/posts";
import { PostDrawer } from "./post-drawer";

const post: Post = {
  id: "p1", code: "AGENT", name_zh: "客服代表", name_en: "Agent", class: "front", review_months: 12, state: "active", version: 1,
  acknowledged: 0, draft_edition: 0, due: false, holders: 0, issued_at: null, issued_edition: 0, review_by: "",
};

it("the second of two editors of a post sees field by field what the first one changed, and can save on top of it", async () => {
  const theirs = { ...post, name_en: "Representative", review_months: 6, version: 2 };
  const server = fakeServer({
    "PUT /api/posts/p1": ({ body }) =>
      (body as { version: number }).version === 2
        ? { body: { ...theirs, version: 3 } }
        : { status: 409, body: { code: "organization.changed_meanwhile", title: "Changed", status: 409, detail: "the post was changed by 1001" } },
    "GET /api/posts/p1/descriptions": () => ({ body: { post: theirs, items: [] } }),
  });
  const onSaved = vi.fn();
  const { user } = renderPart(<PostDrawer open post={post} onClose={() => undefined} onSaved={onSaved} />);
  const name = await screen.findByLabelText("English name");
  await user.clear(name);
  await user.type(name, "Adviser");
  await user.click(screen.getByRole("button", { name: "Save" }));
  const note = await screen.findByRole("alert");
  expect(await within(note).findByText("Representative")).toBeVisible();
  expect(within(note).getByText("Adviser")).toBeVisible();
  expect(within(note).getByText("6")).toBeVisible();
  const keepMine = within(note).getAllByRole("button").at(-1);
  if (!keepMine) throw new Error("there is no way on");
  await user.click(keepMine);
  await vi.waitFor(() => {
    expect(onSaved).toHaveBeenCalledWith("p1");
  });
  expect(server.to("PUT /api/posts/p1").map(({ body }) => (body as { version: number }).version)).toEqual([1, 2]);
});
