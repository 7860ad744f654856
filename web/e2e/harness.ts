import { AxeBuilder } from "@axe-core/playwright";
import { mkdirSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from "playwright-core";

/** Where the product under test listens, as in http://127.0.0.1:8080. */
export const productURL = new URL(process.env["YINGDA_URL"] ?? "http://127.0.0.1:8080");

const shots = process.env["YINGDA_SHOTS"];

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["YINGDA_CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** People of the demonstration, by staff number; all have the same password. */
export const people = {
  nationalAdministrator: "1002",
  nationalManager: "1001",
  shiftLeader: "4101",
} as const;
export const demoPassword = "yingda-demo";

export interface Desk {
  language?: "zh-CN" | "en";
  theme?: "light" | "dark";
  size?: { width: number; height: number };
  /** Who sits there, signed in; null: nobody yet. */
  as?: string | null;
  /** Where the product is reached, when not directly. */
  origin?: string;
}

/** Cookies (which know no ports) of the people who signed in, so that everybody does so once in a file. */
const cookies = new Map<string, string>();

async function signIn(context: BrowserContext, number: string): Promise<void> {
  const known = cookies.get(number);
  if (known !== undefined) {
    await context.addCookies([{ name: "yingda_session", value: known, url: productURL.origin, httpOnly: true, sameSite: "Strict" }]);
    return;
  }
  const answer = await context.request.post(new URL("/api/sign-in", productURL).href, { data: { number, password: demoPassword } });
  if (!answer.ok()) throw new Error(`signing in as ${number}: ${answer.status()} ${await answer.text()}`);
  const cookie = (await context.cookies(productURL.href)).find(({ name }) => name === "yingda_session");
  if (cookie === undefined) throw new Error("no session cookie");
  cookies.set(number, cookie.value);
  await signIn(context, number);
}

/** Nothing that another test set for this person holds here. */
async function forgetPreferences(context: BrowserContext): Promise<void> {
  const list = await context.request.get(new URL("/api/me/preferences", productURL).href);
  const { items } = (await list.json()) as { items: { key: string }[] };
  for (const { key } of items) await context.request.delete(new URL(`/api/me/preferences/${key}`, productURL).href);
}

/** A browser as a person has set it up: language, light and screen; the national administrator unless told otherwise. */
export async function desk(browser: Browser, options: Desk): Promise<BrowserContext> {
  const { language = "zh-CN", theme = "light", size, as = people.nationalAdministrator } = options;
  const context = await browser.newContext({ viewport: size ?? { width: 1366, height: 768 }, locale: language, timezoneId: "Asia/Shanghai" });
  await context.addInitScript(
    ([chosenLanguage, chosenTheme]) => {
      window.localStorage.setItem("yingda.language", chosenLanguage);
      window.localStorage.setItem("yingda.theme", chosenTheme);
    },
    [language, theme] as const,
  );
  if (as !== null) {
    await signIn(context, as);
    await forgetPreferences(context);
  }
  return context;
}

/** Whether the element has the focus. */
export function focused(element: Locator): Promise<boolean> {
  return element.evaluate((node) => node === document.activeElement);
}

/** Goes on by Tab until the element has the focus: the way of whoever has no mouse. */
export async function tabTo(page: Page, element: Locator, most = 80): Promise<void> {
  for (let presses = 0; presses < most; presses++) {
    if (await focused(element)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`not reached by ${most} presses of Tab: ${String(element)}`);
}

/** Keeps a picture of the page when a folder for them is given. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (shots === undefined || shots === "") return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

/** Waits until nothing fades or slides any more (spinners excepted): half-faded text has half its contrast. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    document.getAnimations().every((a) => a.playState !== "running" || a.effect?.getComputedTiming().iterations === Infinity),
  );
}

/** What axe finds to be serious or worse, in words. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await settled(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html} ${node.failureSummary ?? ""}`));
}

/** Collects what the page complains about by itself. */
export function complaints(page: Page): string[] {
  const found: string[] = [];
  page.on("pageerror", (error) => found.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") found.push(message.text());
  });
  return found;
}

/**
 * A wire between browser and product that can be slow or cut. Cutting ends the connections that stand and
 * refuses new ones, as a server does that was killed.
 */
export class Wire {
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;
  private port = 0;
  delayMs = 0;

  async up(): Promise<void> {
    const server = createServer((near) => {
      const far = connect(Number(productURL.port), productURL.hostname);
      this.couple(near, far);
      this.couple(far, near);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the wire has no port");
    this.port = address.port;
    this.server = server;
  }

  async cut(): Promise<void> {
    const server = this.server;
    this.server = null;
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      if (server) server.close(() => { resolve(); });
      else resolve();
    });
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  private couple(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.on("data", (data) => {
      setTimeout(() => {
        if (!to.destroyed) to.write(data);
      }, this.delayMs);
    });
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.sockets.delete(from);
      setTimeout(() => to.destroy(), this.delayMs);
    });
  }
}
