import { Button, Drawer } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { focusFirst } from "@/components/focus-first";
import type { Role } from "../api/list-roles";
import { RoleForm } from "./role-form";
import styles from "./roles.module.css";

/** What the drawer is open for: an edit, a copy, or a role from nothing. */
export interface Editing {
  role?: Role;
  from?: Role;
}

interface Props {
  editing: Editing | null;
  onClose: () => void;
  onSaved: (id: string) => void;
}

export function RoleDrawer({ editing, onClose, onSaved }: Props) {
  const { t } = useTranslation(["roles", "common"]);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={editing !== null}
      onClose={onClose}
      title={t(editing?.role === undefined ? "roles:create" : "roles:editTitle")}
      size={760}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={busy}>
            {t("roles:save")}
          </Button>
        </div>
      }
    >
      {editing ? (
        <RoleForm
          id={formId}
          role={editing.role}
          from={editing.from}
          onBusy={setBusy}
          onSaved={(id) => {
            onClose();
            onSaved(id);
          }}
        />
      ) : null}
    </Drawer>
  );
}
