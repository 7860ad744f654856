import { createHmac } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoPassword, desk, focused, launch, productURL, seriousFindings, shoot, tabTo } from "./harness";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

const words = {
  "zh-CN": {
    number: "工号",
    password: "密码",
    failed: "工号或密码不对",
    locked: "失败次数过多，已暂停登录。",
    wait: /\d{2}:\d{2} 后可以再试/,
    hello: "工作台",
    messages: "发送记录",
    code: "动态口令",
    on: "启用动态口令",
    present: "现在的密码",
    begin: "开始启用",
    first: "验证器上的 6 位数字",
    kept: "我已经保存好了",
    done: "完成",
    isOn: /已启用，还有 \d+ 个恢复码/,
    signOut: "退出登录",
    wrongCode: "动态口令不对",
  },
  en: {
    number: "Staff number",
    password: "Password",
    failed: "Staff number or password is wrong",
    locked: "Too many failed attempts, signing in is paused.",
    wait: /You can try again in \d{2}:\d{2}/,
    hello: "Start",
    messages: "Messages sent",
    code: "Authenticator code",
    on: "Turn on",
    present: "Present password",
    begin: "Begin",
    first: "The six digits of the authenticator",
    kept: "I have kept them",
    done: "Done",
    isOn: /On, \d+ recovery codes? left/,
    signOut: "Sign out",
    wrongCode: "The code is wrong",
  },
} as const;

/** The code of an authenticator (RFC 6238: SHA-1, six digits, 30 s) some steps from now. */
function codeOf(secret: string, steps = 0): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = Array.from(secret.replace(/[\s=]/g, ""), (letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function open(language: "zh-CN" | "en", path: string): Promise<Page> {
  const context = await desk(browser, { language, theme: language === "en" ? "dark" : "light", as: null });
  const page = await context.newPage();
  await page.goto(new URL(path, productURL).href);
  return page;
}

async function type(page: Page, number: string, password: string, language: "zh-CN" | "en"): Promise<void> {
  const field = page.getByLabel(words[language].number);
  await field.waitFor();
  await expect.poll(() => focused(field)).toBe(true);
  await page.keyboard.type(number);
  await page.keyboard.press("Tab");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
}

describe.each(["zh-CN", "en"] as const)("signing in, in %s, by keyboard alone", (language) => {
  const w = words[language];

  it("says that the password is wrong, takes the right one, and goes to where one wanted", async () => {
    const page = await open(language, "/messages?channel=sms");
    await page.getByLabel(w.number).waitFor();
    await shoot(page, `sign-in-${language}`);
    expect(await seriousFindings(page)).toEqual([]);
    await type(page, "1002", "not the password", language);
    const alert = page.getByRole("alert");
    await expect.poll(() => alert.innerText()).toContain(w.failed);
    expect(await seriousFindings(page)).toEqual([]);
    await expect.poll(() => focused(page.getByLabel(w.password, { exact: true }))).toBe(true);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(demoPassword);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: w.messages, level: 1 }).waitFor();
    expect(new URL(page.url()).search).toBe("?channel=sms");
    await page.context().close();
  });

  it("turns the second factor on and asks for its code from then on", async () => {
    const person = language === "en" ? "4104" : "4103";
    const page = await open(language, "/profile?tab=security");
    await type(page, person, demoPassword, language);
    const on = page.getByRole("button", { name: w.on });
    await on.waitFor();
    await tabTo(page, on);
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await tabTo(page, dialog.getByLabel(w.present));
    await page.keyboard.type(demoPassword);
    await page.keyboard.press("Enter");
    const first = dialog.getByLabel(w.first);
    await first.waitFor();
    await shoot(page, `totp-${language}`);
    expect(await seriousFindings(page)).toEqual([]);
    const secret = (await dialog.locator("code").first().innerText()).trim();
    await tabTo(page, first);
    await page.keyboard.type(codeOf(secret));
    await page.keyboard.press("Enter");
    const kept = dialog.getByRole("checkbox", { name: w.kept });
    await kept.waitFor();
    await tabTo(page, kept);
    await page.keyboard.press("Space");
    await tabTo(page, dialog.getByRole("button", { name: w.done }));
    await page.keyboard.press("Enter");
    await page.getByText(w.isOn).waitFor();

    await page.keyboard.press("Control+K");
    await page.keyboard.type("sign out");
    await page.keyboard.press("Enter");
    await type(page, person, demoPassword, language);
    const code = page.getByLabel(w.code);
    await code.waitFor();
    await expect.poll(() => focused(code)).toBe(true);
    await page.keyboard.type("000000");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.getByRole("alert").innerText()).toContain(w.wrongCode);
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press("Control+A");
    // The code of this step was used to turn it on: none opens twice.
    await page.keyboard.type(codeOf(secret, 1));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: w.hello, level: 1 }).waitFor();
    await page.context().close();
  });

  it("says how long to wait after too many failures", async () => {
    const page = await open(language, "/sign-in");
    await type(page, language === "en" ? "4106" : "4107", "wrong 1", language);
    const locked = page.getByText(w.locked);
    for (let attempt = 2; attempt <= 10 && !(await locked.isVisible()); attempt++) {
      await expect.poll(() => page.getByRole("alert").count()).toBe(1);
      const answered = page.waitForResponse((response) => response.url().endsWith("/api/sign-in"));
      await page.keyboard.press("Control+A");
      await page.keyboard.type(`wrong ${attempt}`);
      await page.keyboard.press("Enter");
      await answered;
      await page.waitForTimeout(200);
    }
    await locked.waitFor();
    await page.getByText(w.wait).waitFor();
    await shoot(page, `locked-${language}`);
    expect(await seriousFindings(page)).toEqual([]);
    await page.context().close();
  });
});
