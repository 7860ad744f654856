import { useTranslation } from "react-i18next";
import { useLanguage } from "@/lib/i18n/hooks";
import type { CentreName, Lock, Setting } from "./api/settings";
import { plain, splitSeconds, textOf, textsOf } from "./value";

type Words = Pick<Setting, "type" | "unit" | "choices">;
type Level = CentreName["level"] | "default";

/** Settings and their values in the language of the page. */
export function useSettingWords() {
  const { t } = useTranslation("setting");
  const english = useLanguage() === "en";
  const duration = (seconds: number) => {
    const { amount, unit } = splitSeconds(seconds);
    return t(`span.${unit}`, { count: amount });
  };
  const choice = (setting: Words, value: string) => {
    const found = setting.choices.find((option) => option.value === value);
    if (!found) return value;
    return english ? found.en : found.zh;
  };
  const unitOf = (unit: string) => t(`units.${unit}` as "units.rows", { defaultValue: unit });
  const valueOf = (setting: Words, value: unknown): string => {
    if (value === null || value === undefined) return t("inherited");
    switch (setting.type) {
      case "bool":
        return t(value === true ? "yes" : "no");
      case "duration":
        return typeof value === "number" ? (value === 0 ? t("span.none") : duration(value)) : "";
      case "choice":
        return choice(setting, textOf(value));
      case "texts":
        return textsOf(value).join(t("listSeparator")) || t("emptyValue");
      case "int":
      case "decimal":
        return setting.unit === "" ? plain(value) : `${plain(value)} ${unitOf(setting.unit)}`;
      case "text":
        return textOf(value) || t("emptyValue");
    }
  };
  return {
    titleOf: (setting: Pick<Setting, "zh" | "en">) => (english ? setting.en : setting.zh),
    helpOf: (setting: Pick<Setting, "help_zh" | "help_en">) => (english ? setting.help_en : setting.help_zh),
    groupOf: (setting: Pick<Setting, "group">) => (english ? setting.group.en : setting.group.zh),
    optionOf: (option: { zh: string; en: string }) => (english ? option.en : option.zh),
    unitOf,
    valueOf,
    lockOf: (lock: Lock) => t(`locks.${lock === "" ? "open" : lock}`),
    /** 本级, 省, 全国 or 默认: where the value that holds was set. */
    sourceOf: (setting: Setting): { level: Level; own: boolean; word: string } => {
      if (setting.source === null) return { level: "default", own: false, word: t("sources.default") };
      if (setting.source.id === setting.centre.id) return { level: setting.source.level, own: true, word: t("sources.own") };
      return { level: setting.source.level, own: false, word: t(`sources.${setting.source.level}`) };
    },
  };
}
