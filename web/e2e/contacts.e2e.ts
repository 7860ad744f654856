import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { desk, launch, people, productURL, seriousFindings, shoot } from "./harness";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

it.each([
  { language: "zh-CN", title: "联络记录", timeline: "时间线", first: "拨入", theme: "light" },
  { language: "en", title: "Contacts", timeline: "Timeline", first: "Dialled", theme: "dark" },
] as const)("finds a contact and reads its timeline in $language", async ({ language, title, timeline, first, theme }) => {
  const context = await desk(browser, { language, theme, as: people.nationalManager });
  const page = await context.newPage();
  await page.goto(new URL("/contacts?range=quarter&simulated=true", productURL).href);
  await page.getByRole("heading", { name: title, level: 1 }).waitFor();
  const caller = page.getByRole("link", { name: /\*{4}/ }).first();
  await caller.waitFor({ timeout: 60_000 }); // simulated traffic fills the list
  await shoot(page, `contacts-${language}-${theme}`);
  expect(await seriousFindings(page)).toEqual([]);
  await caller.click();
  const steps = page.getByRole("region", { name: timeline });
  await steps.getByText(first).waitFor();
  expect(await steps.getByRole("listitem").count()).toBeGreaterThan(1);
  await shoot(page, `contact-${language}-${theme}`);
  expect(await seriousFindings(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
  await context.close();
});
