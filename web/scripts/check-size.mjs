// Fails the build when the script of a first visit (entry, the opened route and everything both import
// statically) is larger than the limit after compression. Also removes the manifest: it is not for serving.
import { readFile, rm } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const limit = 400 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(await readFile(new URL(".vite/manifest.json", dist), "utf8"));

const sizes = new Map();
async function size(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(await readFile(new URL(file, dist))).length);
  return sizes.get(file);
}

function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}

async function total(keys) {
  let sum = 0;
  for (const key of keys) if (manifest[key].file.endsWith(".js")) sum += await size(manifest[key].file);
  return sum;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
// The words of the frame are fetched in one language before anything is drawn.
const words = Object.keys(manifest).find((key) => key.endsWith("src/lib/i18n/shell-zh-cn.ts"));
const shell = closure(words, closure(entry));
const rows = [["shell", await total(shell)]];
for (const key of Object.keys(manifest)) {
  const route = /src\/app\/pages\/([\w-]+)\.tsx$/.exec(key);
  if (route) rows.push([`first visit of ${route[1]}`, await total(closure(key, new Set(shell)))]);
}

let failed = false;
for (const [name, bytes] of rows) {
  const over = bytes > limit;
  failed ||= over;
  console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KB compressed  ${name}${over ? "  over the limit" : ""}`);
}
await rm(new URL(".vite/", dist), { recursive: true });
if (failed) {
  console.error(`a first visit may load at most ${limit / 1024} KB of compressed script`);
  process.exit(1);
}
