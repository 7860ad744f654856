import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ReasonDialog } from "@/components/reason-dialog";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { useSession } from "@/lib/session/use-session";
import { endArea, type Area } from "./api/areas";
import { OverlapMark } from "./area-words";
import styles from "./organization.module.css";
import { useAreaWords } from "./use-area-words";

interface Props {
  area: Area | undefined;
  onEdit: (area: Area) => void;
  onChanged: () => void;
  onClose: () => void;
}

/** One service area. */
export function AreaPane({ area, onEdit, onChanged, onClose }: Props) {
  const { t } = useTranslation("organization");
  const { can } = useSession();
  const words = useAreaWords();
  const [ending, setEnding] = useState(false);
  if (!area) {
    return (
      <SidePane title={t("areas.one")} label={t("areas.one")} onClose={onClose}>
        <p className={styles["muted"]}>{t("notLoaded")}</p>
      </SidePane>
    );
  }
  const ended = area.valid_until !== null && new Date(area.valid_until) <= new Date();
  return (
    <SidePane
      title={`${words.service(area.service)} · ${words.value(area)}`}
      label={t("areas.one")}
      onClose={onClose}
      actions={
        can("organization.area.edit") ? (
          <>
            <Button
              size="small"
              onClick={() => {
                onEdit(area);
              }}
            >
              {t("edit")}
            </Button>
            {ended ? null : (
              <Button
                size="small"
                danger
                onClick={() => {
                  setEnding(true);
                }}
              >
                {t("areas.end")}
              </Button>
            )}
          </>
        ) : null
      }
    >
      <OverlapMark area={area} />
      <DetailsList
        items={[
          { name: t("areaColumns.centre"), value: area.centre_name },
          { name: t("areaColumns.service"), value: words.service(area.service) },
          { name: t("areaColumns.selector"), value: t(`selectors.${area.selector}`) },
          { name: t("areaColumns.value"), value: words.value(area) },
          { name: t("areas.validity"), value: words.validity(area) },
          { name: t("areaColumns.note"), value: area.note },
          { name: t("updatedAt"), value: <TimeText value={area.updated_at} full /> },
          { name: t("updatedBy"), value: area.updated_by },
        ]}
      />
      <ReasonDialog
        open={ending}
        title={t("areas.endTitle")}
        consequence={t("areas.endConsequence", { centre: area.centre_name })}
        confirmLabel={t("areas.end")}
        danger
        onConfirm={async (reason) => {
          await endArea(area, reason);
          onChanged();
        }}
        onClose={() => {
          setEnding(false);
        }}
      />
    </SidePane>
  );
}
