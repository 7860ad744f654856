import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import type { Staff } from "./api/staff";
import { StaffState, usePostName } from "./staff-words";

export function useStaffColumns(): Column<Staff>[] {
  const { t } = useTranslation(["staff", "common"]);
  const postName = usePostName();
  const none = t("common:none");
  return [
    { key: "number", title: t("staff:number"), width: 104, render: (row) => <span className="figures">{row.number}</span> },
    { key: "name", title: t("staff:name"), render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "centre", title: t("staff:centre"), width: 176, inDetails: true, render: (row) => <span title={row.centre_name}>{row.centre_name}</span> },
    { key: "team", title: t("staff:team"), width: 104, render: (row) => row.team_name || none },
    { key: "post", title: t("staff:post"), width: 136, render: (row) => <span title={postName(row)}>{postName(row) || none}</span> },
    { key: "mobile", title: t("staff:mobile"), width: 128, inDetails: true, render: (row) => <span className="figures">{row.mobile || none}</span> },
    { key: "email", title: t("staff:email"), width: 176, inDetails: true, render: (row) => <span title={row.email}>{row.email || none}</span> },
    { key: "joined", title: t("staff:joinedOn"), width: 108, inDetails: true, render: (row) => <span className="figures">{row.joined_on || none}</span> },
    { key: "state", title: t("staff:state"), width: 92, render: (row) => <StaffState state={row.state} /> },
  ];
}
