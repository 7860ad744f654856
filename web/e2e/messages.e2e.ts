import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { desk, launch, productURL, seriousFindings, shoot } from "./harness";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

it("sends a test message and reads what became of it, by keyboard alone", async () => {
  const context = await desk(browser, { language: "zh-CN" });
  const page = await context.newPage();
  await page.goto(new URL("/health", productURL).href);
  await page.getByText("实时更新", { exact: true }).waitFor();

  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await page.getByRole("heading", { name: "发送记录", level: 1 }).waitFor();

  await page.keyboard.press("n");
  const recipient = page.getByLabel("收件人");
  await expect.poll(() => recipient.evaluate((field) => field === document.activeElement)).toBe(true);
  // From the recipient back to the channel, and over to e-mail.
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("ArrowRight");
  await page.getByLabel("主题", { exact: true }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.type("not an address");
  await page.keyboard.press("Tab");
  await page.keyboard.type("通道测试");
  await page.keyboard.press("Control+Enter");
  const dialog = page.getByRole("dialog");
  await dialog.locator(".ant-form-item-explain-error").first().waitFor();
  await shoot(page, "messages-send-refused");
  expect(await seriousFindings(page)).toEqual([]);

  await expect.poll(() => recipient.evaluate((field) => field === document.activeElement)).toBe(true);
  await page.keyboard.press("Control+A");
  await page.keyboard.type("oncall@example.com");
  await page.keyboard.press("Control+Enter");

  const pane = page.getByRole("complementary", { name: "消息详情" });
  await pane.waitFor();
  await dialog.waitFor({ state: "hidden" });
  await expect.poll(() => pane.innerText()).toMatch(/排队中|已发出|失败/);
  await shoot(page, "messages-sent");
  expect(await seriousFindings(page)).toEqual([]);

  await page.keyboard.press("Escape");
  await pane.waitFor({ state: "hidden" });
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await pane.waitFor();
  expect(new URL(page.url()).searchParams.get("open")).not.toBeNull();
  await context.close();
});

it("finds pages by the command palette and explains the keys", async () => {
  const context = await desk(browser, { language: "en", theme: "dark" });
  const page = await context.newPage();
  await page.goto(new URL("/messages", productURL).href);
  await page.getByRole("heading", { name: "Messages sent", level: 1 }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await shoot(page, "shortcuts-en-dark");
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.keyboard.press("Control+K");
  await page.getByRole("combobox", { name: "Command palette" }).waitFor();
  await page.keyboard.type("webh");
  await shoot(page, "palette-en-dark");
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Webhooks", level: 1 }).waitFor();
  await context.close();
});
