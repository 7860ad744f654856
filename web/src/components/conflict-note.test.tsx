import { screen, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { ApiError } from "@/lib/api/error";
import { differences } from "@/lib/differences";
import { renderPart } from "@/test/render";
import { ConflictNote } from "./conflict-note";

it("says who saved first, what differs, and offers both ways on", async () => {
  const mine = { name: "Early", levels: ["city"], note: "same" };
  const theirs = { name: "Early team", levels: ["city", "site"], note: "same" };
  const onTakeTheirs = vi.fn();
  const onKeepMine = vi.fn();
  const { user } = renderPart(
    <ConflictNote
      error={new ApiError("identity.changed_meanwhile", "10002 Wang changed this at 14:05", 409)}
      differences={differences(mine, theirs, ["name", "levels", "note"])}
      nameOf={(field) => `field ${field}`}
      onTakeTheirs={onTakeTheirs}
      onKeepMine={onKeepMine}
    />,
  );
  expect(screen.getByRole("alert")).toHaveTextContent("10002 Wang changed this at 14:05");
  const rows = screen.getAllByRole("row").slice(1);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toHaveTextContent("field nameEarly teamEarly");
  expect(within(screen.getByRole("row", { name: /field levels/ })).getByText("city, site")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Keep mine and save again" }));
  expect(onKeepMine).toHaveBeenCalledOnce();
  await user.click(screen.getByRole("button", { name: "Take theirs" }));
  expect(onTakeTheirs).toHaveBeenCalledOnce();
});
