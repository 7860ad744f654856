import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ReasonDialog } from "@/components/reason-dialog";
import { useSession } from "@/lib/session/use-session";
import { withdrawSkill } from "./api/skills";
import type { HeldSkill, StaffFull } from "./api/staff";
import styles from "./people.module.css";

interface Props {
  staff: StaffFull;
  onGrant: () => void;
  onChanged: () => void;
}

/** What somebody can do, how well and until when. */
export function StaffSkills({ staff, onGrant, onChanged }: Props) {
  const { t } = useTranslation("staff");
  const { can } = useSession();
  const [withdrawing, setWithdrawing] = useState<HeldSkill | null>(null);
  const editable = can("organization.skill.edit") && staff.state !== "left";
  return (
    <section className={styles["section"]} aria-label={t("skills.title")}>
      <h3>{t("skills.title")}</h3>
      {staff.skills.length === 0 ? <p className={styles["muted"]}>{t("skills.none")}</p> : null}
      {staff.skills.length > 0 ? (
        <table className={styles["rows"]}>
          <thead>
            <tr>
              <th scope="col">{t("skill")}</th>
              <th scope="col">{t("level")}</th>
              <th scope="col">{t("validUntil")}</th>
              {editable ? <th scope="col" aria-label={t("skills.withdraw")} /> : null}
            </tr>
          </thead>
          <tbody>
            {staff.skills.map((held) => (
              <tr key={held.skill_id}>
                <td title={[held.granted_by, held.evidence].filter(Boolean).join(" · ")}>{held.name}</td>
                <td>
                  <span className={styles["level"]} data-state={held.valid ? "valid" : "ended"}>
                    {held.level}
                  </span>
                </td>
                <td>{held.valid_until || t("skills.noEnd")}</td>
                {editable ? (
                  <td>
                    <Button
                      size="small"
                      type="text"
                      aria-label={t("skills.withdrawOne", { skill: held.name })}
                      onClick={() => {
                        setWithdrawing(held);
                      }}
                    >
                      {t("skills.withdraw")}
                    </Button>
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {editable ? (
        <div className={styles["acts"]}>
          <Button size="small" onClick={onGrant}>
            {t("grant")}
          </Button>
        </div>
      ) : null}
      <ReasonDialog
        open={withdrawing !== null}
        title={t("skills.withdrawTitle", { skill: withdrawing?.name ?? "", name: staff.name })}
        consequence={t("skills.withdrawConsequence")}
        confirmLabel={t("skills.withdraw")}
        danger
        onConfirm={async (reason) => {
          await withdrawSkill(withdrawing?.skill_id ?? "", [staff.id], reason);
          onChanged();
        }}
        onClose={() => {
          setWithdrawing(null);
        }}
      />
    </section>
  );
}
