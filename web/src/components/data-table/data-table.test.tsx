import { screen, within } from "@testing-library/react";
import { useState } from "react";
import { expect, it, vi } from "vitest";
import { renderPart } from "@/test/render";
import { DataTable, type Column } from "./data-table";

interface Row {
  id: string;
  name: string;
}

const columns: Column<Row>[] = [
  { key: "id", title: "Id", width: 80, render: (row) => row.id },
  { key: "name", title: "Name", render: (row) => row.name },
  { key: "note", title: "Note", width: 90, inDetails: true, render: () => "note" },
];

function rows(count: number): Row[] {
  return Array.from({ length: count }, (_, index) => ({ id: `r${index}`, name: `row ${index}` }));
}

function Harness({ count, onNearEnd }: { count: number; onNearEnd?: () => void }) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <>
      <DataTable
        id="test"
        positionKey={`test ${count}`}
        label="Things"
        columns={columns}
        rows={rows(count)}
        rowKey={(row) => row.id}
        openKey={open}
        onOpen={setOpen}
        onNearEnd={onNearEnd}
      />
      <output>{open}</output>
    </>
  );
}

it("draws only the rows in sight of a long list and tells its whole length", () => {
  const onNearEnd = vi.fn();
  renderPart(<Harness count={5000} onNearEnd={onNearEnd} />);
  const grid = screen.getByRole("grid", { name: "Things" });
  expect(grid).toHaveAttribute("aria-rowcount", "5001");
  expect(within(grid).getAllByRole("row").length).toBeLessThan(60);
  expect(onNearEnd).not.toHaveBeenCalled();
});

it("asks for more when the end of what is loaded is near", () => {
  const onNearEnd = vi.fn();
  renderPart(<Harness count={25} onNearEnd={onNearEnd} />);
  expect(onNearEnd).toHaveBeenCalled();
});

it("moves a cursor by keys, opens it with Enter, and lets the details follow", async () => {
  const { user } = renderPart(<Harness count={10} />);
  const opened = screen.getByRole("status");
  await user.keyboard("jj{ArrowDown}k");
  expect(opened).toBeEmptyDOMElement();
  await user.keyboard("{Enter}");
  expect(opened).toHaveTextContent("r1");
  expect(screen.getByRole("row", { selected: true })).toHaveTextContent("row 1");
  await user.keyboard("j");
  expect(opened).toHaveTextContent("r2");
  await user.keyboard("kkkkk");
  expect(opened).toHaveTextContent("r0");
});

it("leaves out what the details tell while they are open", async () => {
  const { user } = renderPart(<Harness count={3} />);
  expect(screen.getByRole("columnheader", { name: "Note" })).toBeVisible();
  await user.click(screen.getByText("row 1"));
  expect(screen.queryByRole("columnheader", { name: "Note" })).toBeNull();
});

it("points assistive technology at the row under the cursor", async () => {
  const { user } = renderPart(<Harness count={3} />);
  await user.tab();
  const grid = screen.getByRole("grid");
  expect(grid).toHaveFocus();
  await user.keyboard("{ArrowDown}");
  const active = grid.getAttribute("aria-activedescendant") ?? "";
  expect(document.getElementById(active)).toHaveTextContent("row 0");
});

function Ticking() {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  return (
    <>
      <DataTable
        id="ticking"
        positionKey="ticking"
        label="Things"
        columns={columns}
        rows={rows(6)}
        rowKey={(row) => row.id}
        openKey={null}
        onOpen={() => undefined}
        ticked={ticked}
        onTick={setTicked}
      />
      <output>{[...ticked].sort().join(" ")}</output>
    </>
  );
}

it("ticks rows by key, by hand, by range, and all at once", async () => {
  const { user } = renderPart(<Ticking />);
  const said = screen.getByRole("status");
  await user.keyboard("jjx");
  expect(said).toHaveTextContent("r1");
  const boxes = screen.getAllByRole("checkbox", { name: "Tick this row" });
  await user.keyboard("{Shift>}");
  await user.click(boxes.at(4) ?? said);
  await user.keyboard("{/Shift}");
  expect(said).toHaveTextContent("r1 r2 r3 r4");
  await user.click(boxes.at(2) ?? said);
  expect(said).toHaveTextContent("r1 r3 r4");
  await user.click(screen.getByRole("checkbox", { name: "Tick all rows" }));
  expect(said).toHaveTextContent("r0 r1 r2 r3 r4 r5");
  await user.click(screen.getByRole("checkbox", { name: "Tick all rows" }));
  expect(said).toBeEmptyDOMElement();
});
