import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { desk, launch, shoot, Wire } from "./harness";

let browser: Browser;
let wire: Wire;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});
beforeEach(async () => {
  wire = new Wire();
  await wire.up();
});
afterEach(async () => {
  await wire.cut();
});

it("says within seconds that the server is gone, stays usable, and catches up by itself", async () => {
  const context = await desk(browser, { language: "zh-CN" });
  const page = await context.newPage();
  await page.goto(wire.url("/health"));
  await page.getByText("实时更新", { exact: true }).waitFor();
  // Another page whose script is not there yet: what was opened before must go on working.
  await page.goto(wire.url("/messages"));
  await page.getByRole("heading", { name: "发送记录", level: 1 }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  await page.getByText("实时更新", { exact: true }).waitFor();

  await wire.cut();
  await page.getByText("与服务器失去联系，正在重连…").waitFor({ timeout: 6_000 });
  await expect.poll(() => page.getByRole("region", { name: "结论" }).innerText()).toContain("失联前");
  await shoot(page, "outage-zh");
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await page.getByRole("heading", { name: "发送记录", level: 1 }).waitFor({ timeout: 2_000 });
  await page.waitForTimeout(10_000);

  await wire.up();
  await page.getByText("已恢复连接，数据已更新。").waitFor({ timeout: 10_000 });
  await page.getByText("实时更新", { exact: true }).waitFor({ timeout: 10_000 });
  await shoot(page, "outage-back-zh");
  await context.close();
});

it("stays usable over a wire of 300 ms", async () => {
  wire.delayMs = 300;
  const context = await desk(browser, { language: "en" });
  const page = await context.newPage();
  await page.goto(wire.url("/health"));
  await page.getByText("Live", { exact: true }).waitFor({ timeout: 30_000 });
  await page.waitForTimeout(2_500);
  // Keys answer from what is already here: nothing waits for the wire.
  const before = Date.now();
  await page.keyboard.press("Control+K");
  await page.getByRole("combobox", { name: "Command palette" }).waitFor();
  expect(Date.now() - before).toBeLessThan(1_000);
  await page.keyboard.press("Escape");
  await context.close();
});
