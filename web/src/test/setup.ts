import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, vi } from "vitest";
import i18next from "i18next";
import { preloadCentreTree } from "@/components/centre-picker";
import { namespaces, loadTexts, setupI18n } from "@/lib/i18n/setup";

configure({ asyncUtilTimeout: 10_000 });

// Copying is asked for as on https.
vi.stubGlobal("isSecureContext", true);

// What jsdom lacks and the pages use.
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe = () => undefined;
    unobserve = () => undefined;
    disconnect = () => undefined;
  },
);
Element.prototype.scrollIntoView = () => undefined;
vi.stubGlobal("matchMedia", (query: string) => ({
  // Nothing moves in tests: what is shown is shown at once.
  matches: query.includes("reduced-motion"),
  media: query,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  addListener: () => undefined,
  removeListener: () => undefined,
}));

beforeAll(async () => {
  await setupI18n("en");
  await loadTexts(...namespaces);
  await preloadCentreTree();
});

beforeEach(async () => {
  window.localStorage.clear();
  await i18next.changeLanguage("en");
});

afterEach(() => {
  cleanup();
});
