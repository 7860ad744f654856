import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaints, desk, launch, productURL, seriousFindings, shoot } from "./harness";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

const pages = [
  { name: "start", path: "/", zh: "工作台", en: "Start" },
  { name: "health", path: "/health", zh: "运行状况", en: "Health" },
  { name: "messages", path: "/messages", zh: "发送记录", en: "Messages sent" },
  { name: "webhooks", path: "/webhooks", zh: "事件推送", en: "Webhooks" },
];
const sizes = [
  { width: 1366, height: 768 },
  { width: 1920, height: 1080 },
];

describe.each(pages)("the page $path", ({ name, path, zh, en }) => {
  const looks = sizes.flatMap((size) =>
    (["zh-CN", "en"] as const).flatMap((language) =>
      (["light", "dark"] as const).map((theme) => ({ size, language, theme, width: size.width })),
    ),
  );

  it.each(looks)("is readable and accessible at $width in $language, $theme", async ({ size, language, theme }) => {
    const context = await desk(browser, { language, theme, size });
    const page = await context.newPage();
    const found = complaints(page);
    await page.goto(new URL(path, productURL).href);
    await page.getByRole("heading", { level: 1, name: language === "en" ? en : zh, exact: true }).waitFor();
    await page.getByText(language === "en" ? "Live" : "实时更新", { exact: true }).waitFor();
    await page.waitForLoadState("networkidle");
    await shoot(page, `${name}-${language}-${theme}-${size.width}`);
    expect(await seriousFindings(page)).toEqual([]);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(wider).toBe(false);
    expect(found).toEqual([]);
    await context.close();
  });
});

const administration = [
  "organization", "staff", "posts", "skills", "areas", "codes", "roles", "accounts", "approvals", "reviews", "policies",
  "settings", "code-trees", "help-texts", "calendar", "numbers", "segments", "audit", "profile",
];

describe.each(administration)("the page /%s", (name) => {
  it.each([
    { language: "zh-CN", theme: "light" },
    { language: "en", theme: "dark" },
  ] as const)("is readable and accessible in $language, $theme", async ({ language, theme }) => {
    const context = await desk(browser, { language, theme });
    const page = await context.newPage();
    const found = complaints(page);
    await page.goto(new URL(`/${name}`, productURL).href);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.getByText(language === "en" ? "Live" : "实时更新", { exact: true }).waitFor();
    await page.waitForLoadState("networkidle");
    await shoot(page, `${name}-${language}-${theme}`);
    expect(await seriousFindings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
    // Nothing is asked that the national administrator may not know, and nothing fails.
    expect(found).toEqual([]);
    await context.close();
  });
});

it("answers on the health page in one sentence, in both languages", async () => {
  const context = await desk(browser, {});
  const page = await context.newPage();
  await page.goto(new URL("/health", productURL).href);
  const verdict = page.getByRole("region", { name: "结论" });
  await expect.poll(() => verdict.innerText()).toMatch(/一切正常|\d+ 件事需要处理/);
  await page.getByRole("button", { name: "语言：中文" }).click();
  await expect
    .poll(() => page.getByRole("region", { name: "Verdict" }).innerText())
    .toMatch(/Everything is fine|\d+ things? needs? attention/);
  await context.close();
});
