import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { StatusWord, type Tone } from "@/components/status-word";
import { useNow } from "@/lib/format/use-now";
import { useCentres } from "@/lib/places/use-centres";
import type { Called } from "./api/called";
import { usePlaceText } from "./api/codes";

const TONES: Record<Called["state"], Tone> = { active: "ok", suspended: "warning", retired: "idle" };

/** The state of an entry in words; one that does not hold now says so. */
export function CalledState({ entry }: { entry: Called }) {
  const { t } = useTranslation("numbering");
  const now = useNow(60_000).getTime();
  if (entry.state === "active" && new Date(entry.valid_from).getTime() > now) {
    return <StatusWord tone="info">{t("notYet")}</StatusWord>;
  }
  if (entry.state === "active" && entry.valid_until !== null && new Date(entry.valid_until).getTime() <= now) {
    return <StatusWord tone="idle">{t("expired")}</StatusWord>;
  }
  return <StatusWord tone={TONES[entry.state]}>{t(`states.${entry.state}`)}</StatusWord>;
}

export function useCalledColumns(): Column<Called>[] {
  const { t } = useTranslation("numbering");
  const { nameOf } = useCentres();
  const placeText = usePlaceText();
  return [
    { key: "number", title: t("number"), width: 150, render: (row) => <span className="figures">{row.number}</span> },
    { key: "name", title: t("name"), render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "kind", title: t("kind"), width: 110, render: (row) => t(`kinds.${row.kind}`) },
    { key: "place", title: t("place"), width: 130, inDetails: true, render: (row) => placeText(row.province, row.city) || t("everywhere") },
    { key: "centre", title: t("centre"), width: 170, inDetails: true, render: (row) => <span title={nameOf(row.centre_id)}>{nameOf(row.centre_id)}</span> },
    { key: "state", title: t("state"), width: 100, render: (row) => <CalledState entry={row} /> },
  ];
}
