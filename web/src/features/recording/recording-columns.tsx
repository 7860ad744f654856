import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { duration } from "@/lib/format/duration";
import { useCentres } from "@/lib/places/use-centres";
import type { Recording } from "./api/recordings";

/** What is to be known of a recording before it is heard: erased, on hold, cut off, with gaps, or as it should be. */
export function RecordingState({ recording }: { recording: Recording }) {
  const { t } = useTranslation("recording");
  if (recording.state === "erased") return <StatusWord tone="idle">{t("states.erased")}</StatusWord>;
  if (recording.held) return <StatusWord tone="info">{t("states.held")}</StatusWord>;
  if (recording.cut) return <StatusWord tone="warning">{t("states.cut")}</StatusWord>;
  if (recording.dropped > 0) return <StatusWord tone="warning">{t("states.gaps")}</StatusWord>;
  return <StatusWord tone="ok">{t("states.kept")}</StatusWord>;
}

const NOBODY = "00000000-0000-0000-0000-000000000000";

/** The name of the centre whose recording it is; none is the nation's. */
export function useOwnerName(): (centre: string) => string {
  const { t } = useTranslation("recording");
  const { nameOf } = useCentres();
  return (centre) => (centre === NOBODY ? t("nation") : nameOf(centre));
}

export function useRecordingColumns(): Column<Recording>[] {
  const { t } = useTranslation(["recording", "common"]);
  const ownerName = useOwnerName();
  return [
    { key: "began", title: t("recording:began"), width: 130, render: (row) => <TimeText value={row.began_at} /> },
    { key: "length", title: t("recording:length"), width: 80, align: "end", render: (row) => <span className="figures">{duration(row.duration_ms / 1000)}</span> },
    { key: "customer", title: t("recording:customer"), width: 150, render: (row) => <span className="figures">{row.customer || t("common:none")}</span> },
    { key: "staff", title: t("recording:staff"), width: 90, render: (row) => row.staff_number || t("common:none") },
    { key: "line", title: t("recording:line"), width: 120, inDetails: true, render: (row) => row.line || t("common:none") },
    { key: "direction", title: t("recording:direction"), width: 80, inDetails: true, render: (row) => (row.direction === "" ? "" : t(`recording:directions.${row.direction}`)) },
    { key: "centre", title: t("recording:centre"), inDetails: true, render: (row) => <span title={ownerName(row.centre_id)}>{ownerName(row.centre_id)}</span> },
    { key: "state", title: t("recording:state"), width: 140, render: (row) => <RecordingState recording={row} /> },
  ];
}
