import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { DetailsList } from "@/components/details-list";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { asApiError } from "@/lib/api/error";
import { errorText } from "@/lib/i18n/error-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { useSession } from "@/lib/session/use-session";
import type { Role } from "../api/list-roles";
import { useDeleteRole } from "../api/save-role";
import { useLevelName } from "./levels";
import { PermissionList } from "./permission-list";
import { RoleHolders } from "./role-holders";
import styles from "./roles.module.css";

interface Props {
  role: Role | undefined;
  onClose: () => void;
  onEdit: (role: Role) => void;
  onCopy: (role: Role) => void;
}

/** One role: what it allows, who has it, and what can be done with it. */
export function RolePane({ role, onClose, onEdit, onCopy }: Props) {
  const { t } = useTranslation("roles");
  const { can, national } = useSession();
  const { modal, message } = App.useApp();
  const language = useLanguage();
  const levelName = useLevelName();
  const remove = useDeleteRole();
  if (!role) {
    return (
      <SidePane title={t("details")} label={t("details")} onClose={onClose}>
        <p className={styles["muted"]}>{t("notThere")}</p>
      </SidePane>
    );
  }
  const name = language === "zh-CN" ? role.name_zh : role.name_en;
  const editor = can("identity.role.edit") && national;
  const confirmRemove = () => {
    void modal.confirm({
      title: t("removeTitle", { name }),
      content: t("removeConsequence"),
      okText: t("remove"),
      okButtonProps: { danger: true },
      onOk: async () => {
        try {
          await remove.mutateAsync({ id: role.id, version: role.version });
          onClose();
        } catch (error) {
          const problem = asApiError(error);
          void message.error(errorText(problem.code, problem.detail));
        }
      },
    });
  };
  return (
    <SidePane
      title={name}
      label={t("details")}
      onClose={onClose}
      actions={
        editor ? (
          <>
            {role.ready ? null : (
              <Button size="small" type="primary" onClick={() => { onEdit(role); }}>
                {t("edit")}
              </Button>
            )}
            <Button size="small" onClick={() => { onCopy(role); }}>
              {t("copy")}
            </Button>
            {role.ready ? null : (
              <Button size="small" danger disabled={role.holders > 0} title={role.holders > 0 ? t("stillHeld") : undefined} onClick={confirmRemove}>
                {t("remove")}
              </Button>
            )}
          </>
        ) : null
      }
    >
      <DetailsList
        items={[
          { name: t("kind"), value: t(role.ready ? "ready" : "own") },
          { name: t("code"), value: <CopyCode value={role.code} /> },
          { name: t("levelsTitle"), value: role.levels.map(levelName).join(t("comma")) },
          { name: t("note"), value: role.note },
          { name: t("updatedBy"), value: role.ready ? "" : role.updated_by },
          { name: t("updatedAt"), value: <TimeText value={role.updated_at} full /> },
        ]}
      />
      <section className={styles["section"]}>
        <h3 className={styles["heading"]}>{t("permissionCount", { count: role.permissions.length })}</h3>
        <PermissionList codes={role.permissions} />
      </section>
      <RoleHolders key={role.id} role={role} />
    </SidePane>
  );
}
