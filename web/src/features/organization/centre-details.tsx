import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { ReasonDialog } from "@/components/reason-dialog";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { centreQuery, type Centre } from "./api/centres";
import { closeCentre, reopenCentre } from "./api/place-centre";
import { CentreAreas } from "./centre-areas";
import { MoveDialog } from "./move-dialog";
import styles from "./organization.module.css";
import { TeamList } from "./team-list";
import { useCodeOptions } from "./use-places";

interface Props {
  centre: Centre;
  onEdit: () => void;
  onAreas: (centre: string) => void;
}

/** One centre: what it is and where it stands first, then its teams and what it serves. */
export function CentreDetails({ centre, onEdit, onAreas }: Props) {
  const { t } = useTranslation("organization");
  const { can } = useSession();
  const client = useQueryClient();
  const { data: full, error, refetch } = useQuery(centreQuery(centre.id));
  const provinces = useCodeOptions("province");
  const cities = useCodeOptions("city");
  const [asking, setAsking] = useState<"move" | "state" | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: ["organization"] });
  const editable = can("organization.centre.edit");
  const below = centre.parent_id !== null;
  const active = centre.state === "active";
  useShortcut({ id: "organization.edit", keys: "e", label: t("edit"), group: "page", enabled: editable, run: onEdit });
  useShortcut({ id: "organization.move", keys: "m", label: t("centre.move"), group: "page", enabled: editable && below, run: () => { setAsking("move"); } });

  return (
    <section className={styles["main"]} aria-label={centre.name}>
      <header className={styles["head"]}>
        <h2>{centre.name}</h2>
        <StatusWord tone={active ? "ok" : "idle"}>{t(`states.${centre.state}`)}</StatusWord>
        {editable ? (
          <div className={styles["actions"]}>
            <Tooltip title={t("editKey")}>
              <Button onClick={onEdit}>{t("edit")}</Button>
            </Tooltip>
            {below ? (
              <>
                <Tooltip title={t("centre.moveKey")}>
                  <Button
                    onClick={() => {
                      setAsking("move");
                    }}
                  >
                    {t("centre.move")}
                  </Button>
                </Tooltip>
                <Button
                  danger={active}
                  onClick={() => {
                    setAsking("state");
                  }}
                >
                  {t(active ? "close" : "reopen")}
                </Button>
              </>
            ) : null}
          </div>
        ) : null}
      </header>
      {error ? <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} /> : null}
      {full && full.path.length > 1 ? <p className={styles["path"]}>{full.path.map((step) => step.name).join(" › ")}</p> : null}
      <div className={styles["facts"]}>
        <DetailsList
          items={[
            { name: t("centre.level"), value: t(`levels.${centre.level}`) },
            { name: t("centreColumns.code"), value: centre.code },
            { name: t("centreColumns.province"), value: centre.province ? `${provinces.nameOf(centre.province)} ${centre.province}` : "" },
            { name: t("centreColumns.city"), value: centre.city ? `${cities.nameOf(centre.city)} ${centre.city}` : "" },
            { name: t("centreColumns.time_zone"), value: centre.time_zone },
          ]}
        />
        <DetailsList
          items={[
            { name: t("centre.centresBelow"), value: full?.centres },
            { name: t("centre.members"), value: full?.members },
            { name: t("updatedAt"), value: <TimeText value={centre.updated_at} full /> },
            { name: t("updatedBy"), value: centre.updated_by },
          ]}
        />
      </div>
      {can("organization.team.read") ? <TeamList centre={centre} /> : null}
      {can("organization.area.read") ? <CentreAreas centre={centre} onAreas={onAreas} /> : null}
      <MoveDialog
        centre={centre}
        open={asking === "move"}
        onClose={() => {
          setAsking(null);
        }}
        onMoved={() => void refresh()}
      />
      <ReasonDialog
        open={asking === "state"}
        title={t(active ? "centre.closeTitle" : "centre.reopenTitle", { name: centre.name })}
        consequence={t(active ? "centre.closeConsequence" : "centre.reopenConsequence")}
        confirmLabel={t(active ? "close" : "reopen")}
        danger={active}
        onConfirm={async (reason) => {
          await (active ? closeCentre(centre, reason) : reopenCentre(centre, reason));
          await refresh();
        }}
        onClose={() => {
          setAsking(null);
        }}
      />
    </section>
  );
}
