import { useTranslation } from "react-i18next";
import { spanOf } from "./time";

/** A length in words with its two largest units: "3 days 4 hours". */
export function useSpan(): (milliseconds: number) => string {
  const { t } = useTranslation("common");
  return (milliseconds) => {
    const { days, hours, minutes } = spanOf(milliseconds);
    const words: string[] = [];
    if (days > 0) words.push(t("span.days", { count: days }));
    if (hours > 0) words.push(t("span.hours", { count: hours }));
    if (days === 0 && minutes > 0) words.push(t("span.minutes", { count: minutes }));
    return words.length > 0 ? words.join(" ") : t("span.moment");
  };
}
