import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/lib/i18n/hooks";
import { permissionsQuery, type Permission } from "../api/list-roles";

/** The parts of the system that have a name here; a part that has none yet shows its own word. */
const DOMAINS = ["organization", "identity", "approval", "audit", "setting", "calendar", "numbering", "voice", "notify", "webhook", "platform"] as const;

export interface PermissionGroup {
  domain: string;
  name: string;
  permissions: readonly Permission[];
}

/** What permissions mean in the language of the page, and the groups in which people read them. */
export function usePermissionWords() {
  const { t } = useTranslation("roles");
  const language = useLanguage();
  const query = useQuery(permissionsQuery());
  const all = query.data ?? [];
  const byCode = new Map(all.map((entry) => [entry.permission, entry]));
  const nameOf = (code: string): string => {
    const entry = byCode.get(code);
    return entry === undefined ? code : language === "zh-CN" ? entry.zh : entry.en;
  };
  const domainOf = (domain: string): string => {
    const known = DOMAINS.find((entry) => entry === domain);
    return known === undefined ? domain : t(`domains.${known}`);
  };
  const groupsOf = (codes: readonly string[]): PermissionGroup[] => {
    const groups = new Map<string, Permission[]>();
    for (const code of codes) {
      const domain = code.split(".")[0] ?? code;
      const entry = byCode.get(code) ?? { permission: code, zh: code, en: code, grave: false, domain };
      groups.set(domain, [...(groups.get(domain) ?? []), entry]);
    }
    return [...groups].map(([domain, permissions]) => ({ domain, name: domainOf(domain), permissions }));
  };
  return { query, all, nameOf, groupsOf, isGrave: (code: string) => byCode.get(code)?.grave ?? false };
}
