import i18next, { type BackendModule, type ReadCallback, type ResourceLanguage } from "i18next";
import { initReactI18next } from "react-i18next";
import { preferences } from "../preferences/preferences";

export const languages = ["zh-CN", "en"] as const;
export type Language = (typeof languages)[number];

const PREFERENCE = "language";

const shellNamespaces: readonly string[] = ["common", "parts", "shell", "health"];
// The words of the frame come in one script of the language that is shown; a feature's words load with its route.
const shellTexts: Record<string, () => Promise<{ texts: Record<string, ResourceLanguage> }>> = {
  "zh-CN": () => import("./shell-zh-cn"),
  en: () => import("./shell-en"),
};
const lazy = import.meta.glob<ResourceLanguage>(
  ["./*/*.json", "!./*/common.json", "!./*/parts.json", "!./*/shell.json", "!./*/health.json"],
  { import: "default" },
);

async function load(language: string, namespace: string): Promise<ResourceLanguage> {
  const path = `./${language}/${namespace}.json`;
  const shell = shellNamespaces.includes(namespace) ? shellTexts[language] : undefined;
  const texts = shell ? (await shell()).texts[path] : await lazy[path]?.();
  if (!texts) throw new Error(`no texts at ${path}`);
  return texts;
}

const backend: BackendModule = {
  type: "backend",
  init: () => undefined,
  read: (language: string, namespace: string, done: ReadCallback) => {
    load(language, namespace).then(
      (texts) => {
        done(null, texts);
      },
      (error: unknown) => {
        done(error instanceof Error ? error : new Error(String(error)), true);
      },
    );
  },
};

export function isLanguage(value: unknown): value is Language {
  return languages.some((language) => language === value);
}

function chosenLanguage(): Language {
  const stored = preferences.get(PREFERENCE);
  if (isLanguage(stored)) return stored;
  // Chinese unless the browser asks for English and for no Chinese at all.
  const wanted = window.navigator.languages;
  const first = wanted.find((tag) => /^(zh|en)\b/i.test(tag));
  return first !== undefined && /^en\b/i.test(first) && !wanted.some((tag) => /^zh\b/i.test(tag)) ? "en" : "zh-CN";
}

/** Loads the words of the shell; rendering starts when it resolves. */
export async function setupI18n(language: Language = chosenLanguage()): Promise<void> {
  i18next.on("languageChanged", (changed) => {
    document.documentElement.lang = changed;
  });
  preferences.subscribe((key) => {
    const wanted = preferences.get(PREFERENCE);
    if (key === PREFERENCE && isLanguage(wanted) && wanted !== i18next.language) void i18next.changeLanguage(wanted);
  });
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: language,
      fallbackLng: false,
      supportedLngs: [...languages],
      load: "currentOnly",
      ns: [...shellNamespaces],
      defaultNS: "common",
      interpolation: { escapeValue: false },
      returnNull: false,
      react: { useSuspense: true },
    });
}

export async function changeLanguage(language: Language): Promise<void> {
  preferences.set(PREFERENCE, language);
  await i18next.changeLanguage(language);
}

/** The names of all groups of texts. */
export const namespaces: readonly string[] = [
  ...shellNamespaces,
  ...Object.keys(lazy)
    .map((path) => /^\.\/zh-CN\/(.+)\.json$/.exec(path)?.[1])
    .filter((name) => name !== undefined),
];

export async function loadTexts(...names: readonly string[]): Promise<void> {
  await i18next.loadNamespaces([...names]);
}
