import react from "@vitejs/plugin-react";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// One file names the version of pages and binary; the binary refuses pages of another one.
const version = readFileSync(fileURLToPath(new URL("../VERSION", import.meta.url)), "utf8").trim();

export default defineConfig({
  define: { __YINGDA_VERSION__: JSON.stringify(version) },
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  plugins: [
    react(),
    {
      // The binary compares this file with its own version and refuses a bundle of another one.
      name: "yingda-bundle-version",
      generateBundle() {
        this.emitFile({
          type: "asset",
          fileName: "bundle.json",
          source: `${JSON.stringify({ version })}\n`,
        });
      },
    },
  ],
  server: {
    proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true } },
  },
  build: {
    manifest: true,
    license: { fileName: "third-party-licenses.md" },
    // The check script measures what a first visit loads; Vite's own warning looks at single chunks.
    chunkSizeWarningLimit: 2000,
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
    // Generous: what is waited for comes at once unless the machine is busy.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    maxWorkers: 2,
  },
});
