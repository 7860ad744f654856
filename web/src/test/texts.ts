import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

/** What the sources say about texts: which keys they use, and words that should have been keys. */
export interface Findings {
  /** "health:toDo"; a computed part of a key is "*". */
  used: Set<string>;
  hardCoded: string[];
  /** Places in the help texts that the sources name: "pages.organization.staff", "fields.organization.staff.number". */
  help: Set<string>;
}

const ROOT = join(import.meta.dirname, "..");
/** Properties and attributes whose text people read. */
const SPOKEN = new Set([
  "title", "label", "aria-label", "alt", "placeholder", "description", "okText", "cancelText", "content", "extra",
  "message", "what", "note", "tooltip", "children",
]);
const CJK = /[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]/;
const WORDS = /\p{L}{2,}/u;

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return entry.name === "test" ? [] : sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$|\.d\.ts$/.test(entry.name) ? [path] : [];
  });
}

/** The possible values of an expression used as a key: literals, both arms of a condition, "*" for the rest. */
function keysOf(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    return [node.head.text + node.templateSpans.map((span) => `*${span.literal.text}`).join("")];
  }
  if (ts.isConditionalExpression(node)) return [...keysOf(node.whenTrue), ...keysOf(node.whenFalse)];
  if (ts.isAsExpression(node) || ts.isParenthesizedExpression(node)) return keysOf(node.expression);
  return [];
}

export function inspectSources(): Findings {
  const used = new Set<string>();
  const hardCoded: string[] = [];
  const help = new Set<string>();
  for (const path of sources(ROOT)) {
    const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
    let namespace = "common";
    const complain = (node: ts.Node, text: string) => {
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      hardCoded.push(`${relative(ROOT, path)}:${line} ${text.trim()}`);
    };
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
        const [first] = node.arguments;
        if (first && node.expression.text === "useTranslation") {
          const name = ts.isArrayLiteralExpression(first) ? first.elements[0] : first;
          if (name && ts.isStringLiteral(name)) namespace = name.text;
        }
        if (first && node.expression.text === "t") {
          for (const key of keysOf(first)) used.add(key.includes(":") ? key : `${namespace}:${key}`);
        }
      }
      if (ts.isJsxText(node) && WORDS.test(node.text)) complain(node, node.text);
      if ((ts.isStringLiteralLike(node) || ts.isJsxText(node)) && CJK.test(node.text) && !isKeyOfTable(node)) {
        complain(node, node.text);
      }
      if (ts.isJsxAttribute(node) && ts.isIdentifier(node.name) && node.initializer) {
        if (node.name.text === "help" && ts.isStringLiteral(node.initializer)) {
          help.add(`${node.parent.parent.tagName.getText() === "PageHeader" ? "pages" : "fields"}.${node.initializer.text}`);
        }
        spoken(node.name.text, ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer);
      }
      if (path.endsWith(".tsx") && ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) {
        spoken(node.name.text, node.initializer);
      }
      ts.forEachChild(node, visit);
    };
    const spoken = (name: string, value: ts.Expression | undefined): void => {
      if (SPOKEN.has(name) && value && ts.isStringLiteralLike(value) && WORDS.test(value.text)) complain(value, value.text);
    };
    visit(file);
  }
  return { used, hardCoded, help };
}

/** Characters that a keyboard sends, and separators that people type, are data rather than text. */
function isKeyOfTable(node: ts.Node): boolean {
  return ts.isPropertyAssignment(node.parent) || ts.isArrayLiteralExpression(node.parent);
}

interface Texts {
  [key: string]: string | Texts;
}

function flatten(texts: Texts, prefix: string, into: Map<string, string>): void {
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === "string") into.set(`${prefix}${key}`, value);
    else flatten(value, `${prefix}${key}.`, into);
  }
}

/** All texts of a language as "namespace:key". */
export function readTexts(language: string): Map<string, string> {
  const dir = join(ROOT, "lib/i18n", language);
  const texts = new Map<string, string>();
  for (const name of readdirSync(dir)) {
    flatten(JSON.parse(readFileSync(join(dir, name), "utf8")) as Texts, `${name.replace(/\.json$/, "")}:`, texts);
  }
  return texts;
}
