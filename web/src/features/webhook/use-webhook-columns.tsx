import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import type { Webhook } from "./api/list-webhooks";

export function useWebhookColumns(): Column<Webhook>[] {
  const { t } = useTranslation("webhook");
  return [
    { key: "url", title: t("url"), render: (row) => <span title={row.url}>{row.url}</span> },
    {
      key: "topics",
      title: t("topics"),
      width: 260,
      inDetails: true,
      render: (row) => {
        const topics = row.topics.join(", ");
        return <span title={topics}>{topics}</span>;
      },
    },
    {
      key: "active",
      title: t("state"),
      width: 110,
      render: (row) => (
        <StatusWord tone={row.active ? "ok" : "idle"}>{t(row.active ? "active" : "inactive")}</StatusWord>
      ),
    },
    { key: "created_at", title: t("createdAt"), width: 130, render: (row) => <TimeText value={row.created_at} /> },
  ];
}
