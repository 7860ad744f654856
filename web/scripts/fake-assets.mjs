// Writes the least that web/embed.go needs, so that the Go side builds and tests without the front end.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const dist = new URL("../dist/", import.meta.url);
const version = (await readFile(new URL("../../VERSION", import.meta.url), "utf8")).trim();

await mkdir(dist, { recursive: true });
await writeFile(
  new URL("index.html", dist),
  "<!doctype html><title>Yingda</title><p>The web application was not built into this binary: run make web.</p>\n",
);
await writeFile(new URL("bundle.json", dist), `${JSON.stringify({ version })}\n`);
console.log(`placeholder bundle "${version}" in ${fileURLToPath(dist)}`);
