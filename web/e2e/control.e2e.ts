import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { complaints, desk, launch, productURL, shoot } from "./harness";

// The demonstration's people: see internal/demo.
const PASSWORD = "yingda-demo";
const PROVINCE_ADMIN = "2002";
const PROVINCE_MANAGER = "2001";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const headers = { Origin: productURL.origin };

async function as(number: string, language: "zh-CN" | "en"): Promise<BrowserContext> {
  const context = await desk(browser, { language, theme: language === "en" ? "dark" : "light", as: null });
  const data = { number, password: PASSWORD, code: "" };
  const answer = await context.request.post(new URL("/api/sign-in", productURL).href, { data, headers });
  expect(answer.status(), await answer.text()).toBe(200);
  return context;
}

async function call<Answer>(context: BrowserContext, method: string, path: string, data?: unknown): Promise<Answer> {
  const answer = await context.request.fetch(new URL(path, productURL).href, { method, data, headers });
  const text = await answer.text();
  expect(answer.ok(), `${method} ${path}: ${text}`).toBe(true);
  return (text === "" ? {} : JSON.parse(text)) as Answer;
}

/** What axe finds to be serious or worse in the page itself; the frame around it has tests of its own. */
async function seriousFindings(page: Page): Promise<string[]> {
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== "running" || a.effect?.getComputedTiming().iterations === Infinity));
  const { violations } = await new AxeBuilder({ page }).include("main").analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html} ${node.failureSummary ?? ""}`));
}

interface Grant {
  role_id: string;
  centre_id: string;
  valid_from: string;
  valid_until: string | null;
  ended_at: string | null;
}

/** Asks that an agent becomes a trainer too, or no longer is one; gives the request. What is left of an earlier run goes. */
async function askForTrainer(admin: BrowserContext, number: string): Promise<string> {
  const roles = await call<{ items: { id: string; code: string }[] }>(admin, "GET", "/api/roles");
  const trainer = roles.items.find(({ code }) => code === "trainer")?.id;
  const accounts = await call<{ items: { id: string; staff_id: string }[] }>(admin, "GET", `/api/accounts?q=${number}`);
  const [account] = accounts.items;
  if (!account || trainer === undefined) throw new Error("the demonstration has no such agent or role");
  const full = await call<{ centre_id: string; assignments: Grant[] }>(admin, "GET", `/api/accounts/${account.id}`);
  const held = full.assignments
    .filter(({ ended_at }) => ended_at === null)
    .map(({ role_id, centre_id, valid_from, valid_until }) => ({ role_id, centre_id, valid_from, valid_until }));
  const open = await call<{ items: { id: string; label: string }[] }>(admin, "GET", "/api/approvals?box=mine&state=open&limit=200");
  for (const { id } of open.items.filter(({ label }) => label.startsWith(number))) {
    await call(admin, "POST", `/api/approvals/${id}/withdraw`, { comment: "" });
  }
  const others = held.filter(({ role_id }) => role_id !== trainer);
  const fresh = { role_id: trainer, centre_id: full.centre_id, valid_from: null, valid_until: null };
  const asked = await call<{ request_id: string }>(admin, "POST", "/api/account-requests", {
    act: "change",
    staff_id: account.staff_id,
    reason: "带教新员工",
    grants: others.length < held.length ? others : [...held, fresh],
  });
  return asked.request_id;
}

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(new URL(path, productURL).href);
  return page;
}

const languages = [
  { language: "zh-CN", number: "4110", open: "待审批" },
  { language: "en", number: "4111", open: "Open" },
] as const;

it.each(languages)("decides a request by keyboard alone in $language", async ({ language, number, open: word }) => {
  const admin = await as(PROVINCE_ADMIN, language);
  const request = await askForTrainer(admin, number);
  const manager = await as(PROVINCE_MANAGER, language);
  const page = await open(manager, "/approvals");
  const found = complaints(page);
  await page.getByRole("row", { name: new RegExp(`${number}.*${word}`) }).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary").last().getByText(number).first().waitFor();
  await shoot(page, `approvals-${language}`);
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.press("a");
  const state = async () => (await call<{ state: string }>(manager, "GET", `/api/approvals/${request}`)).state;
  await expect.poll(state).toBe("approved");
  expect(found).toEqual([]);
  await Promise.all([admin.close(), manager.close()]);
});

it("refuses only with a word why, and says so at the field", async () => {
  const admin = await as(PROVINCE_ADMIN, "zh-CN");
  const request = await askForTrainer(admin, "4112");
  const manager = await as(PROVINCE_MANAGER, "zh-CN");
  const page = await open(manager, `/approvals?open=${request}`);
  await page.getByRole("button", { name: "驳回" }).waitFor();
  await page.keyboard.press("r");
  await page.getByText("请写明意见").waitFor();
  await page.keyboard.type("人手不足");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const state = async () => (await call<{ state: string }>(manager, "GET", `/api/approvals/${request}`)).state;
  await expect.poll(state).toBe("refused");
  await Promise.all([admin.close(), manager.close()]);
});

it.each(["zh-CN", "en"] as const)("reviews and signs a sheet by keyboard alone in %s", async (language) => {
  const admin = await as(PROVINCE_ADMIN, language);
  const session = await call<{ person: { centre: { id: string } } }>(admin, "GET", "/api/session");
  const due = new Date(Date.now() + 7 * 24 * 60 * 60_000).toISOString();
  const name = `复核 ${language}`;
  await call(admin, "POST", "/api/reviews", { name, centre_id: session.person.centre.id, roles: ["province_admin"], due_at: due });
  const manager = await as(PROVINCE_MANAGER, language);
  const own = await call<{ items: { id: string; campaign_name: string; signed_at: string | null }[] }>(manager, "GET", "/api/review-sheets");
  const sheet = own.items.find(({ campaign_name, signed_at }) => campaign_name === name && signed_at === null);
  if (!sheet) throw new Error("the manager has no sheet of this review");
  const page = await open(manager, `/reviews?sheet=${sheet.id}`);
  const found = complaints(page);
  await page.getByRole("table").getByText(PROVINCE_ADMIN).first().waitFor();
  await page.keyboard.press("y");
  await shoot(page, `review-sheet-${language}`);
  expect(await seriousFindings(page)).toEqual([]);
  const sign = page.getByRole("button", { name: language === "en" ? "Sign" : "签署", exact: true });
  await expect.poll(() => sign.isEnabled()).toBe(true);
  await sign.focus();
  await page.keyboard.press("Enter");
  await page.locator("input[type=password]:focus").waitFor();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText(language === "en" ? "The signature fits" : "签名有效").waitFor();
  expect(found).toEqual([]);
  await Promise.all([admin.close(), manager.close()]);
});

it.each(["/accounts", "/reviews?view=all", "/policies?view=all"])("has no serious finding of axe on %s", async (path) => {
  const admin = await as(PROVINCE_ADMIN, "en");
  const page = await open(admin, path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForLoadState("networkidle");
  expect(await seriousFindings(page)).toEqual([]);
  await admin.close();
});
