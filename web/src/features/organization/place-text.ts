import type { Language } from "@/lib/i18n/setup";
import type { CodeItem } from "./api/codes";

/** The name of a code in the language of the page; the code itself where nobody has given it one. */
export function codeName(item: CodeItem | undefined, language: Language, code: string): string {
  if (item === undefined) return code;
  return language === "en" && item.en ? item.en : item.zh;
}
