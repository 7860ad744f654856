import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { TimeText } from "@/components/time-text";
import { errorText } from "@/lib/i18n/error-text";
import type { Message } from "./api/list-messages";
import { MessageState } from "./message-state";

export function useMessageColumns(): Column<Message>[] {
  const { t } = useTranslation(["notify", "common"]);
  return [
    { key: "created_at", title: t("notify:createdAt"), width: 120, render: (row) => <TimeText value={row.created_at} /> },
    { key: "channel", title: t("notify:channel"), width: 76, render: (row) => t(`notify:channels.${row.channel}`) },
    {
      key: "recipient",
      title: t("notify:recipient"),
      width: 168,
      render: (row) => <span title={row.recipient}>{row.recipient}</span>,
    },
    {
      key: "subject",
      title: t("notify:subject"),
      render: (row) => (row.subject ? <span title={row.subject}>{row.subject}</span> : t("common:none")),
    },
    { key: "state", title: t("notify:state"), width: 108, render: (row) => <MessageState state={row.state} /> },
    { key: "attempts", title: t("notify:attempts"), width: 76, align: "end", inDetails: true, render: (row) => row.attempts },
    {
      key: "error",
      title: t("notify:error"),
      width: 220,
      inDetails: true,
      render: (row) => {
        const words = errorText(row.error_code, row.error);
        return <span title={words}>{words}</span>;
      },
    },
  ];
}
