import { screen } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import { CentrePicker } from "./centre-picker";

const items = [
  { id: "n", parent_id: null, level: "nation", code: "CN", name: "National centre", state: "active" },
  { id: "p", parent_id: "n", level: "province", code: "GD", name: "Guangdong centre", state: "active" },
  { id: "c", parent_id: "p", level: "city", code: "GZ", name: "Guangzhou centre", state: "active" },
  { id: "x", parent_id: "p", level: "city", code: "SZ", name: "Closed centre", state: "closed" },
];

function Harness() {
  const [value, setValue] = useState<string | null>(null);
  return (
    <>
      <CentrePicker label="Centre" value={value} onChange={setValue} levels={["city"]} />
      <output>{value}</output>
    </>
  );
}

it("finds a centre by its code, offers only the levels that are wanted and no closed ones", async () => {
  fakeServer({ "GET /api/centres/tree": () => ({ body: { items } }) });
  const { user } = renderPart(<Harness />);
  const box = screen.getByRole("combobox", { name: "Centre" });
  await user.click(box);
  expect(await screen.findByTitle("Guangzhou centre")).toBeInTheDocument();
  expect(screen.queryByTitle("Closed centre")).toBeNull();
  await user.click(screen.getByTitle("Guangdong centre"));
  expect(screen.getByRole("status")).toBeEmptyDOMElement();
  await user.type(box, "gz");
  await user.click(screen.getByTitle("Guangzhou centre"));
  expect(screen.getByRole("status")).toHaveTextContent("c");
});
