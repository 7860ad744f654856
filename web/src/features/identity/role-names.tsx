import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/lib/i18n/hooks";
import { useSession } from "@/lib/session/use-session";
import { rolesToGiveQuery } from "./api/account-choices";

/** Roles by name, for those who may see roles; by code for others and for what is gone. */
export function RoleNames({ codes, all }: { codes: readonly string[]; all: string }) {
  const { t } = useTranslation("accounts");
  const { can } = useSession();
  const chinese = useLanguage() === "zh-CN";
  const roles = useQuery({ ...rolesToGiveQuery, enabled: can("identity.role.read") && codes.length > 0 });
  if (codes.length === 0) return <>{all}</>;
  const names = codes.map((code) => {
    const role = roles.data?.find((each) => each.code === code);
    if (role === undefined) return code;
    return chinese ? role.name_zh : role.name_en;
  });
  return <>{names.join(t("and"))}</>;
}
