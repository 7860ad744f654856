import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaints, desk, launch, people, productURL, seriousFindings, shoot, tabTo } from "./harness";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

const all = ["traffic", "queues", "agents", "dispositions", "waits", "abandoned", "recordings", "trunks"];

describe.each([
  { language: "zh-CN", theme: "light", traffic: "话务量", waits: "等待分布", summary: "等待概要", yesterday: "昨天", formula: "应答者等待时长之和 ÷ 应答数", head: "平均应答速度", out: "导出 Excel", file: /^等待分布-\d{8}\.xlsx$/ },
  { language: "en", theme: "dark", traffic: "Traffic", waits: "Distribution of waits", summary: "Waits in short", yesterday: "Yesterday", formula: "sum of waits of the answered / answered", head: "Average speed of answer", out: "Export to Excel", file: /^Distribution of waits-\d{8}\.xlsx$/ },
] as const)("reports in $language", ({ language, theme, ...w }) => {
  it("are chosen, narrowed, explained and taken out by keyboard", async () => {
    const context = await desk(browser, { language, theme, as: people.nationalManager });
    const page = await context.newPage();
    const found = complaints(page);
    await page.goto(new URL("/reports", productURL).href);
    await page.getByRole("link", { name: w.traffic, exact: true }).waitFor();
    await tabTo(page, page.getByRole("link", { name: w.waits, exact: true }));
    await page.keyboard.press("Enter");
    await page.getByRole("table", { name: w.summary }).waitFor();
    const head = page.getByRole("table", { name: w.summary }).getByRole("button", { name: w.head });
    await head.focus();
    await page.getByRole("tooltip").getByText(w.formula).waitFor();
    await page.getByRole("button", { name: w.yesterday }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/report=waits.*period=yesterday|period=yesterday.*report=waits/);
    await page.waitForLoadState("networkidle");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: w.out }).focus().then(() => page.keyboard.press("Enter")),
    ]);
    expect(download.suggestedFilename()).toMatch(w.file);
    expect(readFileSync(await download.path()).subarray(0, 2).toString()).toBe("PK");
    await shoot(page, `reports-waits-${language}`);
    expect(await seriousFindings(page)).toEqual([]);
    expect(found).toEqual([]);
    await context.close();
  });

  it.each(all)("%s opens at its address without a complaint", async (report) => {
    const context = await desk(browser, { language, theme, as: people.nationalManager });
    const page = await context.newPage();
    const found = complaints(page);
    await page.goto(new URL(`/reports?report=${report}&period=week&simulated=true`, productURL).href);
    await page.locator("[aria-busy=false]").waitFor();
    await page.waitForLoadState("networkidle");
    await shoot(page, `reports-${report}-${language}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
    expect(found).toEqual([]);
    await context.close();
  });
});
