import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { ReasonDialog } from "@/components/reason-dialog";
import { StatusWord } from "@/components/status-word";
import { useSession } from "@/lib/session/use-session";
import type { Centre } from "./api/centres";
import { closeTeam, reopenTeam, teamsQuery, type Team } from "./api/teams";
import styles from "./organization.module.css";
import { TeamDrawer } from "./team-drawer";

/** The teams of a centre. */
export function TeamList({ centre }: { centre: Centre }) {
  const { t } = useTranslation("organization");
  const { can } = useSession();
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery(teamsQuery(centre.id));
  const [form, setForm] = useState<{ team: Team | null } | null>(null);
  const [turning, setTurning] = useState<Team | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: ["organization"] });
  const editable = can("organization.team.edit");
  const teams = data ?? [];

  return (
    <section className={styles["section"]} aria-label={t("teams")}>
      <header>
        <h3>{t("teams")}</h3>
        <span className={styles["actions"]}>
          <ExcelMenu
            exportPath="/api/teams/export"
            importPath={editable ? "/api/teams/import" : undefined}
            query={{ centre_id: centre.id }}
            columnName={(key) => t(`teamColumns.${key}`, { defaultValue: key })}
            onImported={() => void refresh()}
          />
          {editable && centre.state === "active" ? (
            <Button
              onClick={() => {
                setForm({ team: null });
              }}
            >
              {t("team.new")}
            </Button>
          ) : null}
        </span>
      </header>
      {error ? (
        <ErrorNote what={t("team.loadFailed")} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 2, width: "100%" }} />
      ) : teams.length === 0 ? (
        <p className={styles["muted"]}>{t("team.none")}</p>
      ) : (
        <table className={styles["rows"]}>
          <thead>
            <tr>
              <th scope="col">{t("teamColumns.name")}</th>
              <th scope="col">{t("teamColumns.code")}</th>
              <th scope="col">{t("teamColumns.leader")}</th>
              <th scope="col">{t("teamColumns.shift")}</th>
              <th scope="col">{t("teamColumns.members")}</th>
              <th scope="col">{t("teamColumns.state")}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {teams.map((team) => (
              <tr key={team.id}>
                <td>{team.name}</td>
                <td>{team.code}</td>
                <td>{team.leader_id === null ? t("team.noLeader") : `${team.leader_number} ${team.leader_name}`}</td>
                <td>{team.shift}</td>
                <td>{team.members}</td>
                <td>
                  <StatusWord tone={team.state === "active" ? "ok" : "idle"}>{t(`states.${team.state}`)}</StatusWord>
                </td>
                <td className={styles["acts"]}>
                  {editable ? (
                    <>
                      <Button
                        type="link"
                        size="small"
                        aria-label={t("editOf", { name: team.name })}
                        onClick={() => {
                          setForm({ team });
                        }}
                      >
                        {t("edit")}
                      </Button>
                      <Button
                        type="link"
                        size="small"
                        aria-label={t(team.state === "active" ? "closeOf" : "reopenOf", { name: team.name })}
                        onClick={() => {
                          setTurning(team);
                        }}
                      >
                        {t(team.state === "active" ? "close" : "reopen")}
                      </Button>
                    </>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <TeamDrawer
        open={form !== null}
        centre={centre}
        team={form?.team ?? null}
        onClose={() => {
          setForm(null);
        }}
        onSaved={() => void refresh()}
      />
      <ReasonDialog
        open={turning !== null}
        title={t(turning?.state === "closed" ? "team.reopenTitle" : "team.closeTitle", { name: turning?.name ?? "" })}
        consequence={t(turning?.state === "closed" ? "team.reopenConsequence" : "team.closeConsequence")}
        confirmLabel={t(turning?.state === "closed" ? "reopen" : "close")}
        danger={turning?.state === "active"}
        onConfirm={async (reason) => {
          if (turning === null) return;
          await (turning.state === "active" ? closeTeam(turning, reason) : reopenTeam(turning, reason));
          await refresh();
        }}
        onClose={() => {
          setTurning(null);
        }}
      />
    </section>
  );
}
