import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Skeleton, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { ReasonDialog } from "@/components/reason-dialog";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { oneStaffQuery, reinstateStaff, staffKey, suspendStaff, type StaffFull } from "./api/staff";
import { GrantDialog } from "./grant-dialog";
import { LeaveDialog } from "./leave-dialog";
import { MoveStaffDialog } from "./move-staff-dialog";
import styles from "./people.module.css";
import { StaffContact } from "./staff-contact";
import { StaffDrawer } from "./staff-drawer";
import { StaffHistory } from "./staff-history";
import { StaffSkills } from "./staff-skills";
import { StaffState, usePostName } from "./staff-words";

/** One member of staff: state and what can be done first, then where and how to reach, skills, and what happened. */
export function StaffPane({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation("staff");
  const { data, error, refetch } = useQuery(oneStaffQuery(id));
  return (
    <SidePane title={data ? data.name : t("details")} label={t("details")} onClose={onClose}>
      {data ? (
        <Details key={id} staff={data} />
      ) : error ? (
        <ErrorNote what={t("oneFailed")} error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
      )}
    </SidePane>
  );
}

type Asking = "edit" | "move" | "grant" | "suspend" | "reinstate" | "leave" | null;

function Details({ staff }: { staff: StaffFull }) {
  const { t } = useTranslation("staff");
  const { can } = useSession();
  const client = useQueryClient();
  const postName = usePostName();
  const [asking, setAsking] = useState<Asking>(null);
  const editable = can("organization.staff.edit") && staff.state !== "left";
  const refresh = () => client.invalidateQueries({ queryKey: staffKey });
  const close = () => {
    setAsking(null);
  };
  const ask = (what: Asking) => () => {
    setAsking(what);
  };
  useShortcut({ id: "staff.edit", keys: "e", label: t("edit"), group: "page", enabled: editable, run: ask("edit") });
  useShortcut({ id: "staff.move", keys: "m", label: t("move"), group: "page", enabled: editable, run: ask("move") });

  return (
    <>
      <section className={styles["lead"]}>
        <StaffState state={staff.state} />
        {staff.left_on ? <p>{t(staff.state === "left" ? "leftSince" : "leaves", { day: staff.left_on })}</p> : null}
        {staff.leads.length > 0 ? <p>{t("leads", { teams: staff.leads.join(t("listSeparator")) })}</p> : null}
        {staff.post_id !== null && staff.edition > 0 && staff.acknowledged_at === null ? <p>{t("notAcknowledged", { edition: staff.edition })}</p> : null}
        {editable ? (
          <div className={styles["acts"]}>
            <Tooltip title={t("editKey")}>
              <Button size="small" onClick={ask("edit")}>
                {t("edit")}
              </Button>
            </Tooltip>
            <Tooltip title={t("moveKey")}>
              <Button size="small" onClick={ask("move")}>
                {t("move")}
              </Button>
            </Tooltip>
            <Button size="small" onClick={ask(staff.state === "active" ? "suspend" : "reinstate")}>
              {t(staff.state === "active" ? "suspend" : "reinstate")}
            </Button>
            <Button size="small" danger onClick={ask("leave")}>
              {t(staff.left_on ? "changeLeaving" : "leave")}
            </Button>
          </div>
        ) : null}
      </section>
      <DetailsList
        items={[
          { name: t("number"), value: <span className="figures">{staff.number}</span> },
          { name: t("centre"), value: staff.path.map(({ name }) => name).join(" › ") || staff.centre_name },
          { name: t("team"), value: staff.team_name },
          { name: t("post"), value: postName(staff) },
          { name: t("postClass"), value: staff.class === "" ? "" : t(`classes.${staff.class}`) },
          { name: t("joinedOn"), value: staff.joined_on },
          { name: t("acknowledgedAt"), value: staff.acknowledged_at === null ? "" : <TimeText value={staff.acknowledged_at} full /> },
        ]}
      />
      <StaffContact staff={staff} />
      <StaffSkills staff={staff} onGrant={ask("grant")} onChanged={() => void refresh()} />
      <StaffHistory id={staff.id} />
      <StaffDrawer open={asking === "edit"} staff={staff} onClose={close} onSaved={() => void refresh()} />
      <MoveStaffDialog open={asking === "move"} staff={[staff]} onClose={close} onMoved={() => void refresh()} />
      <GrantDialog open={asking === "grant"} staff={[staff]} onClose={close} onGranted={() => void refresh()} />
      <LeaveDialog open={asking === "leave"} staff={staff} onClose={close} onSaved={() => void refresh()} />
      <ReasonDialog
        open={asking === "suspend"}
        title={t("suspendTitle", { name: staff.name })}
        consequence={t("suspendConsequence")}
        confirmLabel={t("suspend")}
        danger
        onConfirm={async (reason) => {
          await suspendStaff(staff, reason);
          await refresh();
        }}
        onClose={close}
      />
      <ReasonDialog
        open={asking === "reinstate"}
        title={t("reinstateTitle", { name: staff.name })}
        consequence={t("reinstateConsequence")}
        confirmLabel={t("reinstate")}
        onConfirm={async (reason) => {
          await reinstateStaff(staff, reason);
          await refresh();
        }}
        onClose={close}
      />
    </>
  );
}
