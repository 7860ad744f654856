import { spawn, type ChildProcess } from "node:child_process";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { complaints, desk, focused, launch, productURL, seriousFindings, shoot } from "./harness";

/** The program under test, which also plays phones and callers, and where its SIP is. */
const program = process.env["YINGDA_PROGRAM"];
const sip = process.env["YINGDA_SIP"] ?? "";
const agent = "4109";
const phone = "6109";

let browser: Browser;
const children: ChildProcess[] = [];

/** Starts the program as a phone or a caller; resolves with what it said when the words are among it. */
function play(args: readonly string[], words: string): Promise<string> {
  const child = spawn(program ?? "", args, { env: { ...process.env, YINGDA_CALL_PASSWORD: "yingda-demo" } });
  children.push(child);
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (data: Buffer) => {
      said += data.toString();
      if (said.includes(words)) resolve(said);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", () => { reject(new Error(`${args.join(" ")}: ${said}`)); });
  });
}

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  for (const child of children) child.kill("SIGINT");
  await browser.close();
});

const state = (page: Page, word: string) => page.getByRole("status", { name: "当前状态" }).getByText(word).first().waitFor({ timeout: 15_000 });

it.skipIf(program === undefined)("serves a whole contact with a real phone and a real caller, by keyboard alone", { timeout: 90_000 }, async () => {
  await play(["phone", phone, "--via", sip, "--after", "2s"], "is registered");
  const context = await desk(browser, { as: agent });
  const page = await context.newPage();
  const found = complaints(page);
  await page.goto(new URL("/desk", productURL).href);
  await page.getByText(phone, { exact: true }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.press("F2");
  await state(page, "就绪");

  // The caller hangs up by himself after some seconds of talking.
  const called = play(["call", "961542", "--via", sip, "--from", "15400001234", "--listen", "9s"], "answered");
  called.catch(() => undefined);
  await state(page, "振铃中");
  await expect.poll(() => page.title(), { interval: 100, timeout: 5_000 }).toContain("来电 154 **** 1234");
  await page.getByRole("region", { name: "当前联络" }).getByText("154 **** 1234").waitFor();
  await state(page, "通话中");

  await page.keyboard.press("F8");
  expect(await focused(page.getByRole("combobox", { name: "搜索小结" }))).toBe(true);
  await page.keyboard.type("kdgz");
  await page.keyboard.press("Enter");
  await page.keyboard.type("huafei");
  await page.keyboard.press("Enter");
  await page.keyboard.press("F9");
  await page.keyboard.type("keyboard alone");
  const chosen = page.getByRole("list", { name: "已选小结" }).getByRole("listitem");
  await expect.poll(() => chosen.count()).toBe(2);
  await page.getByRole("status", { name: "保存状态" }).getByText("已保存").waitFor();
  await shoot(page, "desk-talking-zh");
  expect(await seriousFindings(page)).toEqual([]);

  // A reload in the middle of the call loses nothing.
  await page.reload();
  await expect.poll(() => page.getByRole("textbox", { name: "备注" }).inputValue(), { timeout: 10_000 }).toBe("keyboard alone");
  await expect.poll(() => chosen.count()).toBe(2);

  await state(page, "话后整理");
  await page.getByRole("timer", { name: "剩余" }).waitFor();
  await page.keyboard.press("F9");
  await page.keyboard.type(", done");
  await page.keyboard.press("Control+Enter");
  await state(page, "就绪");
  const last = page.getByRole("list", { name: "最近的联络" }).getByRole("listitem").first();
  await expect.poll(() => last.innerText(), { timeout: 10_000 }).toContain("宽带故障");

  // What the records have is what was said.
  const day = (await (await context.request.get(new URL("/api/agent/day", productURL).href)).json()) as { handled: number; contacts: { id: string }[] };
  expect(day.handled).toBe(1);
  const work = (await (await context.request.get(new URL(`/api/contacts/${day.contacts[0]?.id ?? ""}/work`, productURL).href)).json()) as {
    note: string;
    dispositions: { codes: { code: string }[] };
  };
  expect(work.note).toBe("keyboard alone, done");
  expect(work.dispositions.codes.map(({ code }) => code)).toEqual(["FAULT.BROADBAND", "QUERY.BILL"]);

  // A break with its reason, the cheat sheet, and home.
  await page.keyboard.press("F4");
  await page.getByRole("dialog").getByRole("button", { name: "小休" }).waitFor();
  await expect.poll(() => focused(page.getByRole("dialog").getByRole("button", { name: "小休" }))).toBe(true);
  await page.keyboard.press("1");
  await state(page, "小休");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("签出", { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("F10");
  await page.getByRole("dialog").getByRole("button", { name: "签出" }).waitFor();
  await page.keyboard.press("Tab");
  await page.getByRole("dialog").getByRole("button", { name: "签出" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "签入座席" }).waitFor();
  expect(found).toEqual([]);
  await context.close();
});

it.skipIf(program === undefined)("asks before it takes an agent over from another page, which then shows so", { timeout: 60_000 }, async () => {
  const first = await desk(browser, { as: null });
  const second = await desk(browser, { as: null });
  const pages: Page[] = [];
  for (const context of [first, second]) {
    // Two sign-ins of one person: two computers.
    await context.request.post(new URL("/api/sign-in", productURL).href, { data: { number: agent, password: "yingda-demo" } });
    const page = await context.newPage();
    await page.goto(new URL("/desk", productURL).href);
    pages.push(page);
  }
  const [one, two] = pages as [Page, Page];
  await one.getByText(phone, { exact: true }).waitFor();
  await one.keyboard.press("F2");
  await state(one, "就绪");
  await two.reload();
  await two.getByRole("heading", { name: "你已在另一处签入" }).waitFor();
  await two.keyboard.press("F2");
  await two.getByRole("dialog").getByRole("button", { name: "转到这里" }).press("Enter");
  await state(two, "就绪");
  await one.getByRole("heading", { name: "你已在另一处签入" }).waitFor({ timeout: 10_000 });
  await second.request.post(new URL("/api/agent/sign-out", productURL).href);
  await first.close();
  await second.close();
});
