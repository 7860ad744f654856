import { screen, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { ApiError } from "@/lib/api/error";
import { renderPart } from "@/test/render";
import { ReasonDialog } from "./reason-dialog";

function setup(onConfirm: (reason: string) => Promise<void>) {
  const onClose = vi.fn();
  const view = renderPart(
    <ReasonDialog open title="Suspend" consequence="Lin loses access at once." onConfirm={onConfirm} onClose={onClose} />,
  );
  return { ...view, onClose };
}

it("names the consequence and wants a reason", async () => {
  const onConfirm = vi.fn(() => Promise.resolve());
  const { user, onClose } = setup(onConfirm);
  const dialog = await screen.findByRole("dialog", { name: "Suspend" });
  expect(dialog).toHaveTextContent("Lin loses access at once.");
  await user.click(within(dialog).getByRole("button", { name: "Suspend" }));
  expect(await within(dialog).findByText("Say why")).toBeVisible();
  expect(onConfirm).not.toHaveBeenCalled();
  await user.type(within(dialog).getByLabelText("Reason"), "  left the team {Control>}{Enter}{/Control}");
  await vi.waitFor(() => {
    expect(onConfirm).toHaveBeenCalledWith("left the team");
  });
  expect(onClose).toHaveBeenCalled();
});

it("stays open with what was typed when the server refuses", async () => {
  const { user, onClose } = setup(() => Promise.reject(new ApiError("actor.denied", "you may not do this", 403)));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByLabelText("Reason"), "because");
  await user.click(within(dialog).getByRole("button", { name: "Suspend" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("“Suspend” did not work.");
  expect(within(dialog).getByLabelText("Reason")).toHaveValue("because");
  expect(onClose).not.toHaveBeenCalled();
});
