import i18next from "i18next";
import type { FieldError } from "../api/error";

/** The words for a code, or what the server said, or the code itself: never nothing. */
export function errorText(code: string, fallback: string): string {
  const words: unknown = code === "" ? undefined : i18next.getResource(i18next.language, "errors", code);
  return typeof words === "string" ? words : fallback || code;
}

export function fieldErrorText(field: FieldError): string {
  return errorText(field.code, field.message);
}
