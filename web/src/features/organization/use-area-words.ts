import { useTranslation } from "react-i18next";
import { useLanguage } from "@/lib/i18n/hooks";
import type { Area } from "./api/areas";
import { useCodeOptions } from "./use-places";

/** The day of a moment as people write it here. */
export function dayText(moment: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short" }).format(new Date(moment));
}

/** The last day on which an area holds; its end is the first moment at which it no longer does. */
export function lastDayText(until: string): string {
  return dayText(new Date(new Date(until).getTime() - 1).toISOString());
}

/** Between the places of one area code. */
const SEPARATOR = /、|, /;
/** So many places are named; of more only these. */
const FEW = 3;

/** What service areas say, in the language of the page. */
export function useAreaWords() {
  const { t } = useTranslation("organization");
  const language = useLanguage();
  const services = useCodeOptions("service");
  return {
    service: services.nameOf,
    value: (area: Area): string => {
      if (area.selector === "nation") return t("areas.everybody");
      const place = language === "en" ? area.place_en : area.place_zh;
      if (place === "") return area.value;
      const names = place.split(SEPARATOR);
      if (names.length <= FEW) return `${place} ${area.value}`;
      return t("areas.places", { value: area.value, first: names.slice(0, FEW).join(t("listSeparator")), count: names.length });
    },
    validity: (area: Area): string =>
      area.valid_until === null
        ? t("areas.from", { day: dayText(area.valid_from) })
        : t("areas.fromUntil", { from: dayText(area.valid_from), until: lastDayText(area.valid_until) }),
  };
}
