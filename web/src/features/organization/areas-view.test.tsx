import { screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import { fakeServer } from "@/test/fake-server";
import { renderPart } from "@/test/render";
import type { Area, AreaFilter } from "./api/areas";
import { AreasView } from "./areas-view";
import { lastDayText } from "./use-area-words";

function anArea(over: Partial<Area>): Area {
  return {
    id: "a1",
    centre_id: "gz",
    centre_name: "Guangzhou",
    service: "hotline",
    selector: "city",
    value: "440600",
    place_zh: "佛山市",
    place_en: "Foshan",
    valid_from: "2026-11-19T16:00:00Z",
    valid_until: null,
    note: "",
    overlaps: [],
    version: 1,
    updated_at: "2026-11-20T00:00:00Z",
    updated_by: "",
    ...over,
  };
}

function Harness() {
  const [filter, setFilter] = useState<AreaFilter>({});
  const [open, setOpen] = useState<string | null>(null);
  return <AreasView filter={filter} onFilter={setFilter} openId={open} onOpen={setOpen} />;
}

function setup(areas: Area[]) {
  const server = fakeServer({
    "GET /api/service-areas": () => ({ body: { items: areas, next: "" } }),
    "GET /api/service-areas/explain": ({ url }) => ({
      body:
        url.searchParams.get("area_code") === "0757"
          ? {
              served: true,
              centre_id: "gz",
              centre_name: "Guangzhou",
              city: "440600",
              city_zh: "佛山市",
              city_en: "Foshan",
              city_from: "area_code",
              province: "440000",
              province_zh: "广东省",
              province_en: "Guangdong",
              province_from: "city",
              matches: [{ area: anArea({}) }],
              overlaps: false,
            }
          : {
              served: false,
              centre_id: null,
              centre_name: "",
              city: "",
              city_zh: "",
              city_en: "",
              city_from: "",
              province: "",
              province_zh: "",
              province_en: "",
              province_from: "",
              matches: [],
              overlaps: false,
            },
    }),
    "POST /api/service-areas/a1/end": ({ body }) => {
      expect(body).toEqual({ version: 1, reason: "moved" });
      return { body: anArea({ valid_until: "2026-11-20T00:00:00Z" }) };
    },
    "GET /api/code-tables/service/items": () => ({ body: { items: [{ code: "hotline", zh: "客服热线", en: "Service hotline" }], next: "" } }),
    "GET /api/centres/tree": () => ({ body: { items: [] } }),
    "GET /api/saved-views": () => ({ body: { items: [] } }),
  });
  return { server, ...renderPart(<Harness />) };
}

it("answers who serves, and why, in words", async () => {
  const { user } = setup([anArea({})]);
  const box = await screen.findByRole("region", { name: "Who serves?" });
  await user.type(within(box).getByRole("textbox", { name: "Area code" }), "0757{Enter}");
  expect(await within(box).findByText("Served by “Guangzhou”")).toBeVisible();
  expect(within(box).getByText(/The area code tells the city: Foshan\./)).toBeVisible();
  expect(within(box).getByText("Subscriber's city Foshan 440600 → Guangzhou")).toBeVisible();
  await user.clear(within(box).getByRole("textbox", { name: "Area code" }));
  await user.type(within(box).getByRole("textbox", { name: "Area code" }), "0999{Enter}");
  expect(await within(box).findByText("Nobody serves")).toBeVisible();
});

it("names both sides of an overlap and shortens what many cities share", async () => {
  setup([
    anArea({ overlaps: ["Shenzhen", ""] }),
    anArea({ id: "a2", selector: "area_code", value: "0898", place_en: "Haikou, Sanya, Sansha, Danzhou" }),
  ]);
  expect(await screen.findByText("Overlap")).toBeVisible();
  expect(screen.getByText("0898 (Haikou, Sanya, Sansha and others, 4 in all)")).toBeVisible();
});

it("ends an area with a reason, in words that name the consequence", async () => {
  const { user, server } = setup([anArea({})]);
  await screen.findByText("Foshan 440600");
  await user.keyboard("j{Enter}");
  const pane = await screen.findByRole("complementary", { name: "Service area" });
  await user.click(within(pane).getByRole("button", { name: "End" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("“Guangzhou” no longer serves these people");
  await user.type(within(dialog).getByRole("textbox"), "moved");
  await user.click(within(dialog).getByRole("button", { name: "End" }));
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).toBeNull();
  });
  expect(server.to("POST /api/service-areas/a1/end")).toHaveLength(1);
});

it("says the last day of an area, whose end is the moment after it", () => {
  expect(lastDayText("2026-12-31T16:00:00Z")).toBe("2026-12-31");
  expect(lastDayText("2026-12-31T15:59:00Z")).toBe("2026-12-31");
});
