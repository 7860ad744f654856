import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { desk, launch, people, productURL, seriousFindings, shoot, tabTo } from "./harness";
import { cellsOf } from "./workbook";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

/** What the browser asked for of audio: the ranges, and what it was answered. */
function audioRequests(page: Page): { range: string; status: number }[] {
  const seen: { range: string; status: number }[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/audio?")) seen.push({ range: response.request().headers()["range"] ?? "", status: response.status() });
  });
  return seen;
}

it("hears a recording by keyboard alone, jumps in it, and leaves a note in the audit", async () => {
  const context = await desk(browser, { language: "zh-CN", as: people.nationalManager });
  const page = await context.newPage();
  const asked = audioRequests(page);
  await page.goto(new URL("/recordings?range=all", productURL).href);
  await page.getByRole("heading", { name: "录音", level: 1 }).waitFor();
  await page.getByText("+86154").first().waitFor();
  await shoot(page, "recordings");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const player = page.getByRole("region", { name: "播放录音" });
  await player.waitFor();
  expect(asked).toEqual([]); // nothing is loaded before somebody says what for

  const slider = player.getByRole("slider", { name: "播放位置" });
  await tabTo(page, slider);
  await page.keyboard.press("Space");
  await player.getByRole("status").waitFor();
  expect(asked).toEqual([]);
  await tabTo(page, player.getByRole("combobox", { name: "收听用途" }));
  await page.keyboard.press("Enter");
  await page.keyboard.type("x");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(() => player.getByRole("combobox", { name: "收听用途" }).evaluate((field) => field.closest(".ant-select")?.textContent ?? "")).toMatch(/核查|检查|培训|核实|调阅|故障/);

  await tabTo(page, slider);
  await page.keyboard.press("Space");
  await player.getByRole("button", { name: "暂停" }).waitFor();
  const place = () => slider.getAttribute("aria-valuenow").then(Number);
  await expect.poll(place, { timeout: 15_000 }).toBeGreaterThanOrEqual(1);
  expect(asked[0]?.status).toBe(206);

  // Far ahead, where nothing was loaded by playing so far: the browser goes on from there.
  await slider.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect.poll(place).toBeGreaterThanOrEqual(15);
  await expect.poll(place, { timeout: 15_000 }).toBeGreaterThanOrEqual(17);
  await shoot(page, "recording-playing");
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.press("Space");
  await player.getByRole("button", { name: "播放" }).waitFor();
  const stopped = await place();
  await page.waitForTimeout(600);
  expect(await place()).toBe(stopped);

  const entries = await context.request.get(new URL("/api/audit-entries?action=voice.recording.play", productURL).href);
  const auditor = await desk(browser, { as: people.nationalAdministrator });
  const list = entries.ok() ? entries : await auditor.request.get(new URL("/api/audit-entries?action=voice.recording.play", productURL).href);
  const { items } = (await list.json()) as { items: { action: string }[] };
  expect(items.length).toBe(1);
  await auditor.close();
  await context.close();
});

it("decodes the stereo A-law exactly where it is asked to, at the end too", async () => {
  const context = await desk(browser, { language: "en", theme: "dark", as: people.nationalManager, size: { width: 1920, height: 1080 } });
  const page = await context.newPage();
  await page.goto(new URL("/recordings?range=all", productURL).href);
  const list = await context.request.get(new URL("/api/recordings", productURL).href);
  const { items } = (await list.json()) as { items: { id: string; duration_ms: number }[] };
  const first = items[0];
  if (!first) throw new Error("no recordings");
  const address = `/api/recordings/${first.id}/audio?purpose=technical`;
  // The browser's own decoder, and its own element seeking by ranges.
  const heard = await page.evaluate(async (url) => {
    const element = new Audio(url);
    element.muted = true;
    await new Promise((resolve, reject) => {
      element.onloadedmetadata = resolve;
      element.onerror = () => { reject(new Error(element.error?.message ?? "no audio")); };
    });
    const length = element.duration;
    const seek = (to: number) =>
      new Promise<number>((resolve) => {
        element.onseeked = () => { resolve(element.currentTime); };
        element.currentTime = to;
      });
    const places = [await seek(length - 1), await seek(2), await seek(length / 2)];
    const whole = await (await fetch(url)).arrayBuffer();
    const decoded = await new OfflineAudioContext(2, 8000, 8000).decodeAudioData(whole);
    const energy = [0, 1].map((channel) => decoded.getChannelData(channel).reduce((sum, v) => sum + v * v, 0));
    return { length, places, channels: decoded.numberOfChannels, decoded: decoded.duration, energy };
  }, address);
  expect(heard.length).toBeCloseTo(first.duration_ms / 1000, 1);
  expect(heard.places[0]).toBeCloseTo(heard.length - 1, 2);
  expect(heard.places[1]).toBeCloseTo(2, 2);
  expect(heard.places[2]).toBeCloseTo(heard.length / 2, 2);
  expect(heard.channels).toBe(2);
  expect(heard.decoded).toBeCloseTo(heard.length, 2);
  expect(Math.min(...heard.energy)).toBeGreaterThan(10);
  await page.getByText("+86154").first().click();
  await page.getByRole("region", { name: "Player" }).waitFor();
  await shoot(page, "recordings-en-dark");
  expect(await seriousFindings(page)).toEqual([]);
  await context.close();
});

it("lets the list go out to Excel as it is filtered, and leaves a note in the audit", async () => {
  const context = await desk(browser, { language: "zh-CN", as: people.nationalManager });
  const page = await context.newPage();
  await page.goto(new URL("/recordings?range=all&staff=4103", productURL).href);
  await page.getByText("+86154").first().waitFor();
  const rows = await page.getByRole("grid").getByText("+86154").count();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "导出 Excel" }).click()]);
  expect(download.suggestedFilename()).toMatch(/^录音-\d{8}\.xlsx$/);
  const cells = cellsOf(readFileSync(await download.path()));
  expect(cells.match(/\+86154\*{4}\d{4}/g)?.length).toBe(rows);
  expect(cells).not.toMatch(/\+86154\d{8}/);
  await context.close();
  const auditor = await desk(browser, { as: people.nationalAdministrator });
  const list = await auditor.request.get(new URL("/api/audit-entries?action=voice.recording.export", productURL).href);
  const { items } = (await list.json()) as { items: { id: string }[] };
  const entry = await auditor.request.get(new URL(`/api/audit-entries/${items[0]?.id ?? ""}`, productURL).href);
  const { fields } = (await entry.json()) as { fields: { field: string; new: unknown }[] };
  expect(fields.find(({ field }) => field === "staff_number")?.new).toBe("4103");
  await auditor.close();
});
