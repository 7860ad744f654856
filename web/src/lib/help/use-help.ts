import i18next from "i18next";
import { useTranslation } from "react-i18next";

/** The help of a page: what it is for, how the main things are done, and what to know. */
export interface PageHelp {
  what: string;
  steps: readonly string[];
  notes: readonly string[];
}

function resource(key: string): unknown {
  return i18next.getResource(i18next.language, "help", key);
}

function words(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).filter((entry) => typeof entry === "string");
}

/** The built-in help of a page such as "organization.staff"; undefined while it loads or when there is none. */
export function usePageHelp(page: string): PageHelp | undefined {
  useTranslation("help", { useSuspense: false });
  const value = resource(`pages.${page}`);
  if (typeof value !== "object" || value === null || !("what" in value)) return undefined;
  return {
    what: String(value.what),
    steps: words("steps" in value ? value.steps : null),
    notes: words("notes" in value ? value.notes : null),
  };
}

/** The help of a field such as "organization.staff.number"; undefined while it loads or when there is none. */
export function useFieldHelp(field: string): string | undefined {
  useTranslation("help", { useSuspense: false });
  const value = resource(`fields.${field}`);
  return typeof value === "string" ? value : undefined;
}
