import i18next from "i18next";
import type { FieldError } from "../api/error";

/**
 * Fetches the words for errors. They are many and seldom needed, so they come after the first page has been drawn;
 * whoever reports a failed request waits for them. Without them the server's own words are shown.
 */
export async function errorWords(): Promise<void> {
  await i18next.loadNamespaces("errors");
}

function lookUp(key: string): string | undefined {
  const words: unknown = i18next.getResource(i18next.language, "errors", key);
  return typeof words === "string" ? words : undefined;
}

/** The words for a code, or what the server said, or the code itself: never nothing for a code. */
export function errorText(code: string, fallback: string): string {
  return (code === "" ? undefined : lookUp(code)) ?? (fallback || code);
}

/** Reasons without a domain, such as "too_long", are shared by all fields. */
export function fieldErrorText({ code, message }: FieldError): string {
  return code === "" || code.includes(".") ? errorText(code, message) : (lookUp(`field.${code}`) ?? (message || code));
}
