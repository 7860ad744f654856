import { screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { ImportReport } from "@/components/excel/import-report";
import { renderPart } from "@/test/render";
import { passwordsOf, PasswordsDialog } from "./passwords-dialog";

const report: ImportReport = { dry_run: false, rows: 2, create: 2, update: 0, same: 0, rejected: 0, lines: [] };

it("finds passwords only in an answer that has some", () => {
  expect(passwordsOf(report)).toBeNull();
  const answer = { ...report, passwords: "eGxzeA==", passwords_name: "passwords-20261121.xlsx" };
  expect(passwordsOf(answer)).toEqual({
    count: 2,
    name: "passwords-20261121.xlsx",
    file: "eGxzeA==",
  });
});

it("closes only after the passwords were taken, and hands out the file as it came", async () => {
  const onClose = vi.fn();
  const kept: { name: string; file: Blob }[] = [];
  let made = new Blob();
  vi.stubGlobal(
    "URL",
    Object.assign(URL, {
      createObjectURL: (file: Blob) => {
        made = file;
        return "blob:x";
      },
      revokeObjectURL: () => undefined,
    }),
  );
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function click(this: HTMLAnchorElement) {
    kept.push({ name: this.download, file: made });
  });
  const { user } = renderPart(<PasswordsDialog imported={{ count: 2, name: "p.xlsx", file: btoa("PK\u0003\u0004\u00ff") }} onClose={onClose} />);
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("The passwords of 2 new phones");
  await user.keyboard("{Escape}");
  const done = screen.getByRole("button", { name: "I have it; close" });
  expect(done).toBeDisabled();
  expect(onClose).not.toHaveBeenCalled();
  await user.click(screen.getByRole("button", { name: /Download the passwords/ }));
  expect(kept.map(({ name, file }) => [name, file.size])).toEqual([["p.xlsx", 5]]);
  await user.click(done);
  expect(onClose).toHaveBeenCalledOnce();
});
