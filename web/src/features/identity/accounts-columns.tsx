import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { StatusWord, type Tone } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useLanguage } from "@/lib/i18n/hooks";
import type { Account } from "./api/accounts";

const TONES: Record<Account["state"], Tone> = { active: "ok", suspended: "warning", left: "idle" };

export function AccountState({ state }: { state: Account["state"] }) {
  const { t } = useTranslation("accounts");
  return <StatusWord tone={TONES[state]}>{t(`states.${state}`)}</StatusWord>;
}

export function useAccountColumns(): Column<Account>[] {
  const { t } = useTranslation(["accounts", "common"]);
  const language = useLanguage();
  const rolesOf = (row: Account) => (language === "zh-CN" ? row.roles_zh : row.roles_en).join(t("accounts:and"));
  return [
    { key: "number", title: t("accounts:number"), width: 88, render: (row) => <span className="figures">{row.number}</span> },
    { key: "name", title: t("accounts:name"), width: 120, render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "state", title: t("accounts:state"), width: 122, render: (row) => <AccountState state={row.state} /> },
    { key: "roles", title: t("accounts:roles"), render: (row) => <span title={rolesOf(row)}>{rolesOf(row) || t("accounts:noRoles")}</span> },
    { key: "centre", title: t("accounts:centre"), width: 170, inDetails: true, render: (row) => <span title={row.centre_name}>{row.centre_name}</span> },
    { key: "totp", title: t("accounts:totp"), width: 96, inDetails: true, render: (row) => t(row.totp ? "accounts:yes" : "accounts:no") },
    {
      key: "last_sign_in_at",
      title: t("accounts:lastSignIn"),
      width: 116,
      inDetails: true,
      render: (row) => (row.last_sign_in_at === null ? t("accounts:never") : <TimeText value={row.last_sign_in_at} />),
    },
  ];
}
