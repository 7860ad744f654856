import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { desk, launch, productURL, seriousFindings, shoot } from "./harness";
import { cellsOf, withNumber } from "./workbook";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

const words = {
  "zh-CN": { phones: "话机", number: "号码", name: "名称", owner: "所属中心", save: "保存", once: "只显示这一次", done: "已记下，关闭", prompts: "提示音", upload: "上传", called: "被叫号码", act: "处理", echo: "回音", replace: "换文件", into: "导入 Excel…", apply: /^导入/, importedOnce: "只能下载这一次", take: "下载密码表" },
  en: { phones: "Desk phones", number: "Number", name: "Name", owner: "Owner", save: "Save", once: "Shown this once", done: "I have it; close", prompts: "Prompts", upload: "Upload", called: "Called number", act: "What happens", echo: "Echo", replace: "Replace the file", into: "Import from Excel…", apply: /^Import 1/, importedOnce: "They can be downloaded this once", take: "Download the passwords" },
} as const;

/** Seconds of a tone as a WAV file: 16-bit PCM, 8 kHz, mono. */
function tone(seconds = 1): Buffer {
  const samples = 8000 * seconds;
  const file = Buffer.alloc(44 + 2 * samples);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + 2 * samples, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(8000, 24);
  file.writeUInt32LE(16_000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(2 * samples, 40);
  for (let i = 0; i < samples; i++) file.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / 8000)), 44 + 2 * i);
  return file;
}

describe.each([
  { language: "zh-CN", theme: "light", phone: "8801", number: "9801" },
  { language: "en", theme: "dark", phone: "8802", number: "9802" },
] as const)("telephony in $language", ({ language, theme, phone, number }) => {
  const w = words[language];
  const sit = async (path: string) => {
    const context = await desk(browser, { language, theme });
    const page = await context.newPage();
    await page.goto(new URL(path, productURL).href);
    await page.getByRole("grid").first().waitFor();
    return page;
  };

  it("shows a new phone's password once", async () => {
    const page = await sit("/phones");
    await page.keyboard.press("n");
    const form = page.getByRole("dialog");
    await form.getByLabel(w.number, { exact: true }).fill(phone);
    await form.getByLabel(w.name, { exact: true }).fill(`e2e ${phone}`);
    await form.getByLabel(w.owner).click();
    await page.getByRole("tree").getByRole("treeitem").first().click();
    await form.getByRole("button", { name: w.save }).click();
    const shown = page.getByRole("dialog").filter({ hasText: w.once });
    await shown.waitFor();
    const password = (await shown.locator("code").first().textContent()) ?? "";
    expect(password).toMatch(/^[A-Za-z0-9]{20}$/);
    expect(await seriousFindings(page)).toEqual([]);
    await shoot(page, `phone-password-${language}-${theme}`);
    await shown.getByRole("button", { name: w.done }).click();
    await page.getByRole("complementary").getByText(phone).first().waitFor();
    await page.reload();
    await page.getByRole("complementary").getByText(phone).first().waitFor();
    expect(await page.content()).not.toContain(password);
  });

  it("takes a prompt and lets it be heard", async () => {
    const page = await sit("/voice-numbers?tab=prompts");
    await page.keyboard.press("n");
    const form = page.getByRole("dialog");
    await form.locator("input[type=file]").setInputFiles({ name: `e2e ${language}.wav`, mimeType: "audio/wav", buffer: tone() });
    await expect.poll(() => form.getByLabel(w.name, { exact: true }).inputValue()).toBe(`e2e ${language}`);
    await form.getByLabel(w.owner).click();
    await page.getByRole("tree").getByRole("treeitem").first().click();
    await form.getByRole("button", { name: w.upload, exact: true }).click();
    const sound = page.locator("audio");
    await sound.waitFor();
    await expect.poll(() => sound.evaluate((audio: HTMLAudioElement) => audio.duration)).toBe(1);
    expect(await seriousFindings(page)).toEqual([]);
  });

  it("gives a prompt another file, which is heard at once", async () => {
    const page = await sit("/voice-numbers?tab=prompts");
    await page.getByRole("grid").first().getByText(`e2e ${language}`, { exact: true }).click();
    const sound = page.locator("audio");
    await sound.waitFor();
    await page.getByRole("complementary").getByRole("button", { name: w.replace }).click();
    const form = page.getByRole("dialog");
    await form.locator("input[type=file]").setInputFiles({ name: "no.wav", mimeType: "audio/wav", buffer: Buffer.from("ID3") });
    await form.getByRole("button", { name: w.upload, exact: true }).click();
    await form.getByText("voice.not_a_prompt").waitFor(); // checked as on upload
    await form.locator("input[type=file]").setInputFiles({ name: "new.wav", mimeType: "audio/wav", buffer: tone(3) });
    expect(await seriousFindings(page)).toEqual([]);
    await form.getByRole("button", { name: w.upload, exact: true }).click();
    await expect.poll(() => page.locator("audio").evaluate((audio: HTMLAudioElement) => audio.duration)).toBe(3);
    await shoot(page, `prompt-replaced-${language}-${theme}`);
  });

  it("takes phones from Excel and hands their passwords out once", async () => {
    const page = await sit("/phones");
    const known = await page.context().request.get(new URL("/api/phones/export?q=8001&lang=en", productURL).href);
    const sheet = withNumber(Buffer.from(await known.body()), "8001", `88${phone}`);
    await page.getByRole("button", { name: "Excel" }).click();
    await page.getByRole("menuitem", { name: w.into }).click();
    const drawer = page.getByRole("dialog");
    await drawer.locator("input[type=file]").setInputFiles({ name: "phones.xlsx", mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", buffer: sheet });
    const apply = drawer.getByRole("button", { name: w.apply });
    await apply.waitFor();
    const before = await page.context().request.get(new URL(`/api/phones?q=88${phone}`, productURL).href);
    expect(((await before.json()) as { items: unknown[] }).items).toEqual([]); // the trial run made none
    await apply.click();
    const shown = page.getByRole("dialog").filter({ hasText: w.importedOnce });
    await shown.waitFor();
    const done = shown.getByRole("button", { name: w.done });
    expect(await done.isDisabled()).toBe(true);
    expect(await seriousFindings(page)).toEqual([]);
    await shoot(page, `phones-imported-${language}-${theme}`);
    const [download] = await Promise.all([page.waitForEvent("download"), shown.getByRole("button", { name: w.take }).click()]);
    expect(download.suggestedFilename()).toMatch(/\.xlsx$/);
    expect(cellsOf(readFileSync(await download.path()))).toMatch(new RegExp(`88${phone}.*[A-Za-z0-9]{20}`, "s"));
    await done.click();
    await page.getByRole("grid").getByText(`88${phone}`).first().waitFor();
  });

  it("leads a number to an echo", async () => {
    const page = await sit("/voice-numbers");
    await page.keyboard.press("n");
    const form = page.getByRole("dialog");
    await form.getByLabel(w.called).fill(number);
    await form.getByLabel(w.name, { exact: true }).fill(`e2e ${number}`);
    await form.getByLabel(w.act).click();
    await page.locator(".ant-select-item-option").filter({ hasText: w.echo }).click();
    await form.getByLabel(w.owner).click();
    await page.getByRole("tree").getByRole("treeitem").first().click();
    await form.getByRole("button", { name: w.save }).click();
    await page.getByRole("complementary").getByText(number).first().waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });

  it.each(["/trunks", "/calls", "/live-calls"])("opens %s without serious findings", async (path) => {
    const context = await desk(browser, { language, theme });
    const page = await context.newPage();
    await page.goto(new URL(path, productURL).href);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await shoot(page, `${path.slice(1)}-${language}-${theme}`);
  });
});
