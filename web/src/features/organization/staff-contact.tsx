import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ReasonDialog } from "@/components/reason-dialog";
import { useSession } from "@/lib/session/use-session";
import { revealStaff, type Contact, type StaffFull } from "./api/staff";
import styles from "./people.module.css";

/** How to reach somebody: masked, and in full for a reason that stands in the audit. */
export function StaffContact({ staff }: { staff: StaffFull }) {
  const { t } = useTranslation("staff");
  const { can } = useSession();
  const [asking, setAsking] = useState(false);
  const [shown, setShown] = useState<Contact | null>(null);
  const { mobile, email } = shown ?? staff;
  if (staff.mobile === "" && staff.email === "") return null;
  return (
    <section className={styles["section"]} aria-label={t("contact")}>
      <DetailsList
        items={[
          { name: t("mobile"), value: mobile === "" ? "" : <span className="figures">{mobile}</span> },
          { name: t("email"), value: email },
        ]}
      />
      {can("organization.staff.reveal") && shown === null ? (
        <div className={styles["acts"]}>
          <Button
            size="small"
            onClick={() => {
              setAsking(true);
            }}
          >
            {t("reveal")}
          </Button>
        </div>
      ) : null}
      <ReasonDialog
        open={asking}
        title={t("revealTitle", { name: staff.name })}
        consequence={t("revealConsequence")}
        confirmLabel={t("reveal")}
        onConfirm={async (reason) => {
          setShown(await revealStaff(staff.id, reason));
        }}
        onClose={() => {
          setAsking(false);
        }}
      />
    </section>
  );
}
