import type { ResourceLanguage } from "i18next";

/** The Chinese words of the frame around every page, in one script. */
export const texts = import.meta.glob<ResourceLanguage>("./zh-CN/{common,parts,shell,health}.json", { eager: true, import: "default" });
