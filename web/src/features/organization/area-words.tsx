import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { StatusWord } from "@/components/status-word";
import type { Area } from "./api/areas";

/** Says that others serve the same at the same time, and who. */
export function OverlapMark({ area }: { area: Area }) {
  const { t } = useTranslation("organization");
  if (area.overlaps.length === 0) return null;
  const names = area.overlaps.map((name) => name || t("areas.elsewhere")).join(t("listSeparator"));
  return (
    <Tooltip title={t("areas.overlapWith", { names })}>
      <span tabIndex={0}>
        <StatusWord tone="warning">{t("areas.overlap")}</StatusWord>
      </span>
    </Tooltip>
  );
}
