import { describe, expect, it } from "vitest";
import { inspectSources, readTexts } from "@/test/texts";

const chinese = readTexts("zh-CN");
const english = readTexts("en");
const { used, hardCoded, help } = inspectSources();

/** Plural forms are one key: Chinese has only "other". */
function base(key: string): string {
  return key.replace(/_(one|other)$/, "");
}

function bases(texts: Map<string, string>): Set<string> {
  return new Set([...texts.keys()].map(base));
}

function matcher(key: string): RegExp {
  return new RegExp(`^${key.split("*").map((part) => part.replace(/[.]/g, "\\.")).join("[^:]+")}$`);
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? "").sort();
}

describe("texts", () => {
  it("exist in both languages", () => {
    const [zh, en] = [bases(chinese), bases(english)];
    expect([...zh].filter((key) => !en.has(key))).toEqual([]);
    expect([...en].filter((key) => !zh.has(key))).toEqual([]);
  });

  it("say the same figures in both languages", () => {
    const different = [...chinese].filter(([key, text]) => {
      const other = english.get(key);
      return other !== undefined && placeholders(text).join() !== placeholders(other).join();
    });
    expect(different).toEqual([]);
  });

  it("have all the plural forms that their language needs", () => {
    const counted = [...chinese.keys(), ...english.keys()].filter((key) => /_(one|other)$/.test(key)).map(base);
    expect(counted.filter((key) => !english.has(`${key}_one`) || !english.has(`${key}_other`))).toEqual([]);
    expect(counted.filter((key) => !chinese.has(`${key}_other`) || chinese.has(`${key}_one`))).toEqual([]);
  });

  it("exist for every key that the sources use", () => {
    const all = [...bases(chinese)];
    expect([...used].filter((key) => !all.some((text) => matcher(key).test(text)))).toEqual([]);
  });

  it("help with every page and field that promises help, and with no other", () => {
    const pages = new Set([...chinese.keys()].map((key) => /^help:(pages\..+)\.what$/.exec(key)?.[1]).filter((page) => page !== undefined));
    const fields = new Set([...chinese.keys()].map((key) => /^help:(fields\..+)$/.exec(key)?.[1]).filter((field) => field !== undefined));
    const written = new Set([...pages, ...fields]);
    expect([...help].filter((place) => !written.has(place))).toEqual([]);
    expect([...written].filter((place) => !help.has(place))).toEqual([]);
  });

  it("are all used", () => {
    const patterns = [...used].map(matcher);
    // Error texts are looked up by the code that the server sends, help texts and the lines about
    // pages by the place they belong to.
    const unused = [...bases(chinese)].filter(
      (key) => !/^(errors:|help:|start:about\.)/.test(key) && !patterns.some((pattern) => pattern.test(key)),
    );
    expect(unused).toEqual([]);
  });

  it("are nowhere written into the sources", () => {
    expect(hardCoded).toEqual([]);
  });

  it("keep each language to itself", () => {
    const cjk = /[\u3400-\u9fff]/;
    expect([...english].filter(([key, text]) => cjk.test(text) && key !== "shell:language.zh-CN")).toEqual([]);
  });
});
