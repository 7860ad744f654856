import i18next from "i18next";
import type { FieldError } from "../api/error";

/** The words for a code, or what the server said, or the code itself: never nothing. */
export function errorText(code: string, fallback: string): string {
  if (code !== "") {
    const key: string = code;
    const options = { ns: "errors", defaultValue: "" };
    const found: string = i18next.exists(key, { ns: "errors" }) ? String(i18next.t(key as never, options as never)) : "";
    if (found !== "") return found;
  }
  return fallback || code;
}

export function fieldErrorText(field: FieldError): string {
  return errorText(field.code, field.message);
}
