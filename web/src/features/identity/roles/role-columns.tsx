import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { TimeText } from "@/components/time-text";
import { useLanguage } from "@/lib/i18n/hooks";
import type { Role } from "../api/list-roles";
import { useLevelName } from "./levels";

export function useRoleColumns(): Column<Role>[] {
  const { t } = useTranslation("roles");
  const language = useLanguage();
  const levelName = useLevelName();
  return [
    {
      key: "name",
      title: t("role"),
      render: (row) => {
        const name = language === "zh-CN" ? row.name_zh : row.name_en;
        return <span title={name}>{name}</span>;
      },
    },
    { key: "kind", title: t("kind"), width: 110, render: (row) => t(row.state === "retired" ? "retired" : row.ready ? "ready" : "own") },
    {
      key: "levels",
      title: t("levelsTitle"),
      width: 200,
      inDetails: true,
      render: (row) => {
        const words = row.levels.map(levelName).join(t("comma"));
        return <span title={words}>{words}</span>;
      },
    },
    { key: "permissions", title: t("permissions"), width: 110, align: "end", render: (row) => row.permissions.length },
    { key: "holders", title: t("holders"), width: 90, align: "end", render: (row) => row.holders },
    { key: "code", title: t("code"), width: 190, inDetails: true, render: (row) => <span title={row.code}>{row.code}</span> },
    { key: "updated_at", title: t("updatedAt"), width: 120, inDetails: true, render: (row) => <TimeText value={row.updated_at} /> },
  ];
}
