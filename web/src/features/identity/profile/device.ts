const BROWSERS: readonly [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/MicroMessenger\//, "WeChat"],
  [/QQBrowser\//, "QQ Browser"],
  [/Firefox\//, "Firefox"],
  [/Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/Windows/, "Windows"],
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

/** "Chrome · Windows" for what a browser says of itself; the whole text when it is no browser we know. */
export function deviceOf(userAgent: string): string {
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  return browser === undefined ? userAgent : [browser, system].filter(Boolean).join(" · ");
}
