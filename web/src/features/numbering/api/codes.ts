import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, unwrap } from "@/lib/api/client";
import { useLanguage } from "@/lib/i18n/hooks";

interface Code {
  code: string;
  zh: string;
  en: string;
  parent: string;
}

/** All codes of a table; tables of places have a few hundred. */
function codesQuery(table: "province" | "city" | "service") {
  return queryOptions({
    queryKey: ["code-tables", table, "all"],
    staleTime: 10 * 60_000,
    queryFn: async ({ signal }) => {
      const all: Code[] = [];
      let after: string | undefined;
      do {
        const page = await unwrap(
          api.GET("/api/code-tables/{code}/items", { params: { path: { code: table }, query: { limit: 200, after } }, signal }),
        );
        for (const { code, zh, en = "", parent = "" } of page.items) all.push({ code, zh, en, parent });
        after = page.next || undefined;
      } while (after !== undefined);
      return all;
    },
  });
}

export interface Codes {
  /** What a code is called in the language of the page; the code itself while that is not known. */
  nameOf: (code: string) => string;
  options: readonly { value: string; label: string; search: string; parent: string }[];
}

export function useCodes(table: "province" | "city" | "service"): Codes {
  const { data } = useQuery(codesQuery(table));
  const language = useLanguage();
  return useMemo(() => {
    const name = ({ zh, en }: Code) => (language === "en" && en !== "" ? en : zh);
    const byCode = new Map(data?.map((code) => [code.code, name(code)]));
    return {
      nameOf: (code) => byCode.get(code) ?? code,
      options: (data ?? []).map((code) => ({
        value: code.code,
        label: name(code),
        search: `${code.code} ${code.zh} ${code.en}`.toLowerCase(),
        parent: code.parent,
      })),
    };
  }, [data, language]);
}

/** A province and city in words. */
export function usePlaceText(): (province: string, city: string) => string {
  const provinces = useCodes("province");
  const cities = useCodes("city");
  return (province, city) => {
    if (city !== "") {
      const names = [provinces.nameOf(province), cities.nameOf(city)];
      // A municipality is its own province.
      return names[0] === names[1] ? (names[1] ?? "") : names.join(" ");
    }
    return province === "" ? "" : provinces.nameOf(province);
  };
}
