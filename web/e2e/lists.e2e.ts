import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaints, desk, launch, productURL, seriousFindings, shoot } from "./harness";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

const languages = [
  { language: "zh-CN", theme: "light", live: "实时更新", out: "导出 Excel" },
  { language: "en", theme: "dark", live: "Live", out: "Export to Excel" },
] as const;

/** Presses the button by keyboard and gives what is saved. */
async function taken(page: Page, press: () => Promise<void>): Promise<{ name: string; path: string }> {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  return { name: download.suggestedFilename(), path: await download.path() };
}

const lists = [
  { name: "unused-accounts", path: "/accounts?tab=unused", file: { "zh-CN": "长期未用账号", en: "Unused accounts" } },
  { name: "tokens", path: "/accounts?tab=tokens", file: { "zh-CN": "接口令牌", en: "API tokens" } },
  { name: "expiring-skills", path: "/skills?tab=expiring", file: { "zh-CN": "即将到期的技能", en: "Skills that end soon" } },
  { name: "reviews-all", path: "/reviews?view=all", file: { "zh-CN": "权限复核", en: "Access reviews" } },
  { name: "segment-versions", path: "/segments", file: { "zh-CN": "号段版本", en: "Versions of number segments" } },
  { name: "messages-out", path: "/messages", file: { "zh-CN": "消息记录", en: "Messages" } },
];

describe.each(lists)("the list $path", ({ name, path, file }) => {
  it.each(languages)("goes out to Excel by keyboard and is accessible in $language", async ({ language, theme, live, out }) => {
    const context = await desk(browser, { language, theme });
    const page = await context.newPage();
    const found = complaints(page);
    await page.goto(new URL(path, productURL).href);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.getByText(live, { exact: true }).waitFor();
    await page.waitForLoadState("networkidle");
    await shoot(page, `${name}-${language}`);
    expect(await seriousFindings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
    const saved = await taken(page, async () => {
      await page.getByRole("button", { name: out }).focus();
      await page.keyboard.press("Enter");
    });
    expect(saved.name).toMatch(new RegExp(`^${file[language]}-\\d{8}\\.xlsx$`));
    expect(readFileSync(saved.path).subarray(0, 2).toString()).toBe("PK");
    expect(found).toEqual([]);
    await context.close();
  });
});

it.each([
  { language: "zh-CN", out: "导出 Excel", into: "导入 Excel…", same: "文件与现有数据一致，没有要导入的。" },
  { language: "en", out: "Export to Excel", into: "Import from Excel…", same: "The file says what is there already: nothing to import." },
] as const)("roles that went out come in as they were in $language", async ({ language, out, into, same }) => {
  const context = await desk(browser, { language });
  const page = await context.newPage();
  const found = complaints(page);
  await page.goto(new URL("/roles", productURL).href);
  const menu = page.getByRole("button", { name: "Excel" });
  await menu.click();
  const saved = await taken(page, () => page.getByRole("menuitem", { name: out }).click());
  await menu.click();
  await page.getByRole("menuitem", { name: into }).click();
  const drawer = page.getByRole("dialog");
  await drawer.locator("input[type=file]").setInputFiles({
    name: saved.name,
    mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    buffer: readFileSync(saved.path),
  });
  await drawer.getByText(same).waitFor();
  await shoot(page, `roles-import-${language}`);
  expect(found).toEqual([]);
  await context.close();
});

it("a token of somebody is found, looked at and revoked among the accounts", async () => {
  const context = await desk(browser, { language: "zh-CN" });
  const data = { name: `报表程序 ${Date.now()}`, permissions: ["identity.role.read"] };
  const made = await context.request.post(new URL("/api/tokens", productURL).href, { data, headers: { Origin: productURL.origin } });
  expect(made.status(), await made.text()).toBe(201);
  const { token } = (await made.json()) as { token: string };
  const page = await context.newPage();
  const found = complaints(page);
  await page.goto(new URL("/accounts?tab=tokens", productURL).href);
  await page.getByRole("row", { name: new RegExp(data.name) }).click();
  const pane = page.getByRole("complementary", { name: "令牌详情" });
  await pane.getByText("identity.role.read").waitFor();
  await shoot(page, "tokens-pane");
  expect(await seriousFindings(page)).toEqual([]);
  await pane.getByRole("button", { name: "撤销" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "撤销" }).click();
  await pane.getByText("已撤销").waitFor();
  const answer = await fetch(new URL("/api/roles", productURL), { headers: { Authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(401);
  expect(found).toEqual([]);
  await context.close();
});
