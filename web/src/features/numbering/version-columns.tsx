import { Progress } from "antd";
import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { StatusWord, type Tone } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import type { Version } from "./api/segments";

const TONES: Record<Version["state"], Tone> = {
  reading: "info", refused: "fault", cancelled: "idle", ready: "warning", active: "ok", retired: "idle", removed: "idle",
};

export function VersionState({ version }: { version: Version }) {
  const { t } = useTranslation("numbering");
  return <StatusWord tone={TONES[version.state]}>{t(`versionStates.${version.state}`)}</StatusWord>;
}

/** How far the reading of a file is, with a count. */
export function ReadingProgress({ version }: { version: Version }) {
  const { t } = useTranslation("numbering");
  const percent = version.rows_total > 0 ? Math.min(99, Math.round((100 * version.rows_read) / version.rows_total)) : 0;
  return (
    <span role="status">
      <Progress percent={percent} size="small" aria-label={t("reading")} />
      {version.rows_total > 0
        ? t("readingRows", { read: version.rows_read, total: version.rows_total })
        : t("readingStart")}
    </span>
  );
}

export function useVersionColumns(): Column<Version>[] {
  const { t } = useTranslation("numbering");
  return [
    { key: "number", title: t("versionNumber"), width: 80, align: "end", render: (row) => row.number },
    { key: "name", title: t("versionName"), render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "state", title: t("state"), width: 130, render: (row) => <VersionState version={row} /> },
    { key: "rows", title: t("rows"), width: 100, align: "end", render: (row) => row.rows_read.toLocaleString() },
    {
      key: "difference",
      title: t("difference"),
      width: 230,
      inDetails: true,
      render: ({ state, difference: d, wrong }) =>
        state === "refused" ? t("wrongRows", { count: wrong }) : state === "reading" ? "" : t("differenceShort", { ...d }),
    },
    { key: "created", title: t("importedAt"), width: 120, inDetails: true, render: (row) => <TimeText value={row.created_at} /> },
    { key: "by", title: t("importedBy"), width: 130, inDetails: true, render: (row) => row.created_by },
  ];
}
