import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useLanguage } from "@/lib/i18n/hooks";
import { wholeTableQuery, type CodeItem } from "./api/codes";
import { codeName } from "./place-text";

export interface CodeOption {
  value: string;
  label: string;
  /** What the option is found by, in small letters. */
  search: string;
  parent: string;
}

function optionOf(item: CodeItem, language: "zh-CN" | "en"): CodeOption {
  const name = codeName(item, language, item.code);
  const area = item.extra?.["area_code"];
  return {
    value: item.code,
    label: area === undefined ? `${name} ${item.code}` : `${name} ${item.code} · ${area}`,
    search: [item.zh, item.en, item.initials, item.code, area].join(" ").toLowerCase(),
    parent: item.parent ?? "",
  };
}

/** A code table to choose from, with names in the language of the page. */
export function useCodeOptions(table: string) {
  const language = useLanguage();
  const { data, isPending, error } = useQuery(wholeTableQuery(table));
  return useMemo(() => {
    const byCode = new Map((data ?? []).map((item) => [item.code, item]));
    return {
      options: (data ?? []).map((item) => optionOf(item, language)),
      nameOf: (code: string) => codeName(byCode.get(code), language, code),
      pending: isPending,
      error,
    };
  }, [data, language, isPending, error]);
}
