import { screen, within } from "@testing-library/react";
import i18next from "i18next";
import { act } from "react";
import { expect, it } from "vitest";
import { aCheck, aHealth } from "@/test/factories";
import { renderPart } from "@/test/render";
import { HealthView } from "./health-view";
import { summarize } from "./summary";

const asOf = new Date("2026-11-20T06:05:33Z");

const troubled = aHealth({
  status: "fault",
  checks: [
    aCheck(),
    aCheck({
      code: "disk.nearly_full",
      component: "disk",
      severity: "warning",
      title: "The disk is nearly full",
      since: "2026-11-20T01:00:00Z",
    }),
    aCheck({
      code: "notify.sms_down",
      component: "notify",
      severity: "fault",
      title: "The SMS gateway refuses",
      cause: "It answers 0x0E.",
      remedy: "Check the password, then run `yingda notify test`.",
      since: "2026-11-20T05:00:00Z",
      details: [{ name: "queued", value: "12" }],
    }),
    aCheck({ code: "web.local_ca", component: "web", severity: "info", title: "A local certificate is in use" }),
  ],
});

it("answers in one sentence when all is well", () => {
  renderPart(<HealthView health={aHealth()} asOf={asOf} stale={false} />);
  expect(screen.getByText("Everything is fine")).toBeVisible();
  expect(screen.queryByRole("region", { name: "Needs attention" })).toBeNull();
  expect(screen.getByRole("region", { name: "Not in this build" })).toHaveTextContent("Voice");
});

it("puts faults before older warnings, with cause, remedy and a code to copy", async () => {
  const { user } = renderPart(<HealthView health={troubled} asOf={asOf} stale={false} />);
  expect(screen.getByText("2 things need attention")).toBeVisible();
  const cards = within(screen.getByRole("region", { name: "Needs attention" })).getAllByRole("article");
  expect(cards.map((card) => within(card).getByRole("heading").textContent)).toEqual([
    "The SMS gateway refuses",
    "The disk is nearly full",
  ]);
  const [fault] = cards;
  if (!fault) throw new Error("no card");
  expect(fault).toHaveTextContent("It answers 0x0E.");
  expect(fault).toHaveTextContent("queued 12");
  await user.click(within(fault).getByRole("button", { name: "Copy yingda notify test" }));
  expect(within(fault).getByRole("button", { name: "Copied" })).toBeVisible();
  expect(within(fault).getByRole("button", { name: "Copy notify.sms_down" })).toBeVisible();
});

it("folds what is only worth knowing", async () => {
  const note = aCheck({ severity: "info", title: "No mail server", cause: "smtp.host is empty.", remedy: "Fill it in." });
  const { user } = renderPart(<HealthView health={aHealth({ checks: [note] })} asOf={asOf} stale={false} />);
  expect(screen.getByText("Everything is fine")).toBeVisible();
  expect(screen.getByText("Fill it in.")).not.toBeVisible();
  await user.click(screen.getByText("No mail server"));
  expect(screen.getByText("Fill it in.")).toBeVisible();
});

it("does not claim that all is well while nobody can know", () => {
  renderPart(<HealthView health={aHealth()} asOf={asOf} stale />);
  expect(screen.getByText("Last known: Everything is fine")).toBeVisible();
});

it("speaks Chinese", async () => {
  renderPart(<HealthView health={troubled} asOf={asOf} stale={false} />);
  await act(() => i18next.changeLanguage("zh-CN"));
  expect(await screen.findByText("2 件事需要处理")).toBeVisible();
  expect(screen.getByText(/1 项故障，1 项告警，其余 1 项正常，1 项知悉即可/)).toBeVisible();
});

it("sorts checks by what they ask of people", () => {
  expect(summarize(troubled)).toMatchObject({ faults: 1, warnings: 1, notes: [{ code: "web.local_ca" }] });
});
