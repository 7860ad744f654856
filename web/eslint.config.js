import js from "@eslint/js";
import { readdirSync } from "node:fs";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

// Code flows one way: lib and components (shared) -> features -> app. A feature knows no other feature;
// what shows several of them is put together in app.
const features = readdirSync(new URL("./src/features", import.meta.url));

const network = [
  { name: "fetch", message: "Only src/lib/api speaks to the server." },
  { name: "WebSocket", message: "Only src/lib/live opens the live connection." },
  { name: "XMLHttpRequest", message: "Only src/lib/api speaks to the server." },
];

function border(files, forbidden, message) {
  return {
    files,
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ regex: forbidden, message }] }],
    },
  };
}

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "src/lib/api/schema.d.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Environment variables and CSS modules are records: their keys are strings, not properties.
      "@typescript-eslint/dot-notation": ["error", { allowIndexSignaturePropertyAccess: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unnecessary-condition": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportAllDeclaration", message: "No barrel files: import from the file that owns the thing." },
      ],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "react-hooks": reactHooks },
    languageOptions: { globals: globals.browser },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "no-restricted-globals": ["error", ...network],
      "no-console": "error",
    },
  },
  // The router is a table, not a component.
  { files: ["src/**/*.tsx"], ignores: ["**/*.test.tsx", "src/app/router.tsx"], rules: { "max-lines": ["error", 300] } },
  { files: ["src/lib/api/client.ts", "src/lib/live/socket.ts"], rules: { "no-restricted-globals": "off" } },
  border(["src/lib/**"], "^(@/|(\\.\\./)+)(components|features|app)/", "lib stands below components, features and app."),
  border(["src/components/**"], "^(@/|(\\.\\./)+)(features|app)/", "components stand below features and app."),
  ...features.map((feature) =>
    border(
      [`src/features/${feature}/**`],
      `^(@/(features/(?!${feature}/)|app/)|(\\.\\./){2,})`,
      "A feature imports no other feature and nothing of app; app puts features together.",
    ),
  ),
  {
    files: ["scripts/**", "*.config.{js,ts}", "e2e/**"],
    languageOptions: { globals: globals.node },
  },
);
