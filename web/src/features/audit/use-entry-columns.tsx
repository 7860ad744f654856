import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { TimeText } from "@/components/time-text";
import { useCentres } from "@/lib/places/use-centres";
import { actionText, thingText } from "./action-text";
import type { Entry } from "./api/list-entries";

export function whoText(entry: Pick<Entry, "actor">): string {
  const { name, number } = entry.actor;
  return number === "" ? name : `${name} ${number}`;
}

export function useEntryColumns(): Column<Entry>[] {
  const { t } = useTranslation(["audit", "common"]);
  const { nameOf } = useCentres();
  return [
    { key: "at", title: t("audit:at"), width: 112, render: (row) => <TimeText value={row.at} /> },
    { key: "who", title: t("audit:who"), width: 148, render: (row) => <span title={whoText(row)}>{whoText(row)}</span> },
    { key: "action", title: t("audit:action"), width: 180, render: (row) => <span title={row.action}>{actionText(row.action)}</span> },
    {
      key: "object",
      title: t("audit:object"),
      render: (row) => {
        const words = row.object.label || row.object.id;
        return <span title={`${thingText(row.object.kind)} ${words}`}>{words || t("common:none")}</span>;
      },
    },
    {
      key: "centre",
      title: t("audit:centre"),
      width: 150,
      inDetails: true,
      render: (row) => (row.centre_id ? <span title={nameOf(row.centre_id)}>{nameOf(row.centre_id)}</span> : t("common:none")),
    },
    { key: "reason", title: t("audit:reason"), width: 220, inDetails: true, render: (row) => <span title={row.reason}>{row.reason}</span> },
    { key: "changes", title: t("audit:changes"), width: 72, align: "end", inDetails: true, render: (row) => row.changes || "" },
  ];
}
