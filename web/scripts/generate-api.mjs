// Writes the types of the API from the server's own description. Paths that pages already use and no server
// serves yet come from the draft; when the last of them is served, the draft goes.
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { readFile, writeFile } from "node:fs/promises";

const read = async (path) => JSON.parse(await readFile(new URL(path, import.meta.url), "utf8"));
const served = await read("../../api/openapi.json");
const draft = await read("../openapi.draft.json");

const still = Object.keys(draft.paths).filter((path) => !(path in served.paths));
if (still.length < Object.keys(draft.paths).length) console.warn("openapi.draft.json repeats paths that are served");

const merged = {
  ...served,
  paths: { ...draft.paths, ...served.paths },
  components: { ...served.components, schemas: { ...draft.components.schemas, ...served.components.schemas } },
};
const types = astToString(await openapiTS(merged));
await writeFile(new URL("../src/lib/api/schema.d.ts", import.meta.url), `${COMMENT_HEADER}${types}`);
console.log(`types of ${Object.keys(merged.paths).length} paths, ${still.length} of them drafted`);
