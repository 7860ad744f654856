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

it("makes a webhook, shows its secret once, and removes it again", async () => {
  const context = await desk(browser, { language: "en" });
  const page = await context.newPage();
  const address = `https://hooks.example.com/${Date.now()}`;
  await page.goto(new URL("/webhooks", productURL).href);
  await page.getByRole("heading", { name: "Webhooks", level: 1 }).waitFor();
  await page.keyboard.press("n");
  const field = page.getByLabel("Address");
  await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
  await field.fill(address);
  await page.getByLabel("Topics").fill("notify.message_sent");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByText("Its signing secret is shown this once").waitFor();
  await shoot(page, "webhooks-secret");
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole("button", { name: "I have stored it" }).click();

  const pane = page.getByRole("complementary", { name: "Webhook details" });
  await pane.getByRole("heading", { name: address }).waitFor();
  await pane.getByRole("region", { name: "Deliveries" }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await pane.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.innerText()).toContain(address);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await pane.waitFor({ state: "hidden" });
  await context.close();
});
