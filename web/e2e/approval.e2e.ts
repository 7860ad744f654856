import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoPassword, desk, launch, people, productURL, seriousFindings, shoot, tabTo } from "./harness";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

const words = {
  "zh-CN": {
    accounts: "账号", more: "更多操作", reason: "原因", asked: "申请已提交", approvals: "审批", decision: "审批意见",
    suspended: "已停用", reviews: "权限复核", items: "复核内容", sign: "签署", proof: "密码或动态口令", genuine: "签名有效",
  },
  en: {
    accounts: "Accounts", more: "More", reason: "Reason", asked: "Asked", approvals: "Approvals", decision: "Decision",
    suspended: "Suspended", reviews: "Access reviews", items: "What is reviewed", sign: "Sign", proof: "Password or code", genuine: "The signature fits",
  },
} as const;

async function sit(language: "zh-CN" | "en", as: string, path: string): Promise<Page> {
  const context = await desk(browser, { language, theme: language === "en" ? "dark" : "light", as });
  const page = await context.newPage();
  await page.goto(new URL(path, productURL).href);
  return page;
}

/** Opens the first row of the list by keys. */
async function openFirst(page: Page): Promise<void> {
  await page.getByRole("grid").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
}

describe.each([
  { language: "zh-CN", person: "4108" },
  { language: "en", person: "4109" },
] as const)("in $language, by keyboard alone", ({ language, person }) => {
  const w = words[language];

  it("one person asks for a suspension and another approves it", async () => {
    const asking = await sit(language, people.nationalAdministrator, `/accounts?q=${person}`);
    await asking.getByRole("heading", { name: w.accounts, level: 1 }).waitFor();
    await openFirst(asking);
    const pane = asking.getByRole("complementary");
    const more = pane.getByRole("button", { name: w.more });
    await more.waitFor();
    await tabTo(asking, more);
    await asking.keyboard.press("Enter");
    await asking.getByRole("menuitem").first().waitFor();
    await expect.poll(() => asking.getByRole("menuitem").first().evaluate((item) => item === document.activeElement)).toBe(true);
    await asking.keyboard.press("Enter");
    const dialog = asking.getByRole("dialog");
    await dialog.getByLabel(w.reason).waitFor();
    await expect.poll(() => dialog.getByLabel(w.reason).evaluate((field) => field === document.activeElement)).toBe(true);
    await asking.keyboard.type(language === "en" ? "long leave" : "长期休假");
    expect(await seriousFindings(asking)).toEqual([]);
    await asking.keyboard.press("Control+Enter");
    await asking.getByText(w.asked).first().waitFor();
    await dialog.waitFor({ state: "hidden" });

    const deciding = await sit(language, people.nationalManager, "/");
    await deciding.getByRole("navigation").getByRole("link", { name: new RegExp(`^${w.approvals}.*1`) }).waitFor();
    await deciding.keyboard.press("g");
    await deciding.keyboard.press("a");
    await deciding.getByRole("heading", { name: w.approvals, level: 1 }).waitFor();
    await openFirst(deciding);
    await deciding.getByRole("region", { name: w.decision }).waitFor();
    await shoot(deciding, `approval-${language}`);
    expect(await seriousFindings(deciding)).toEqual([]);
    const decided = deciding.waitForResponse((response) => response.url().endsWith("/decide"));
    await deciding.keyboard.press("a");
    expect((await decided).status()).toBe(200);

    // The asker's page hears of it by itself.
    await asking.getByText(w.suspended).first().waitFor();
    await asking.context().close();
    await deciding.context().close();
  });

  it("a shift leader reviews what the people of the team may do, and signs", async () => {
    const administrator = await desk(browser, { language });
    const centres = await administrator.request.get(new URL("/api/centres/tree", productURL).href);
    const { items } = (await centres.json()) as { items: { id: string; name: string }[] };
    const guangzhou = items.find(({ name }) => name.startsWith("广州"));
    if (guangzhou === undefined) throw new Error("no centre in Guangzhou");
    const begun = await administrator.request.post(new URL("/api/reviews", productURL).href, {
      data: { name: `复核 ${language}`, centre_id: guangzhou.id, roles: [], due_at: new Date(Date.now() + 7 * 86_400_000).toISOString() },
    });
    expect(begun.status(), await begun.text()).toBeLessThan(300);
    await administrator.close();

    const page = await sit(language, people.shiftLeader, "/reviews");
    await page.getByRole("heading", { name: w.reviews, level: 1 }).waitFor();
    await openFirst(page);
    const table = page.getByRole("table", { name: w.items });
    await table.waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    const rows = (await table.getByRole("row").count()) - 1;
    const sign = page.getByRole("button", { name: w.sign, exact: true });
    for (let row = 0; row < rows; row++) {
      const kept = page.waitForResponse((response) => response.request().method() !== "GET" && response.url().includes("/api/"));
      await page.keyboard.press("y");
      await kept;
    }
    await expect.poll(() => sign.isEnabled()).toBe(true);
    await shoot(page, `review-${language}`);
    await tabTo(page, sign, 400);
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await expect.poll(() => dialog.getByLabel(w.proof).evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.type(demoPassword);
    await page.keyboard.press("Enter");
    await page.getByText(w.genuine).waitFor();
    await shoot(page, `review-signed-${language}`);
    expect(await seriousFindings(page)).toEqual([]);
    await page.context().close();
  });
});
