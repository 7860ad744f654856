import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { TimeText } from "@/components/time-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { useCentres } from "@/lib/places/use-centres";
import type { Approval } from "./api/list-approvals";
import { ApprovalState } from "./approval-state";
import { kindText, personText } from "./words";

export function useApprovalColumns(): Column<Approval>[] {
  const { t } = useTranslation(["approval", "common"]);
  const language = useLanguage();
  const { nameOf } = useCentres();
  return [
    { key: "created_at", title: t("approval:askedAt"), width: 116, render: (row) => <TimeText value={row.created_at} /> },
    { key: "kind", title: t("approval:kind"), width: 150, render: (row) => kindText(row, language) },
    { key: "label", title: t("approval:about"), render: (row) => <span title={row.label}>{row.label}</span> },
    { key: "requester", title: t("approval:requester"), width: 150, render: (row) => personText(row.requester) },
    {
      key: "centre",
      title: t("approval:centre"),
      width: 150,
      inDetails: true,
      render: (row) => (row.centre_id ? nameOf(row.centre_id) : t("approval:nation")),
    },
    { key: "reason", title: t("approval:reason"), width: 220, inDetails: true, render: (row) => <span title={row.reason}>{row.reason}</span> },
    { key: "state", title: t("approval:state"), width: 104, render: (row) => <ApprovalState state={row.state} /> },
    {
      key: "expires_at",
      title: t("approval:expiresAt"),
      width: 116,
      inDetails: true,
      render: (row) => (row.state === "open" ? <TimeText value={row.expires_at} /> : t("common:none")),
    },
  ];
}
