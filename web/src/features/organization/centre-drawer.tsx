import { Button, Drawer } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { focusFirst } from "@/components/focus-first";
import type { Centre } from "./api/centres";
import { CentreForm } from "./centre-form";
import styles from "./organization.module.css";

interface Props {
  open: boolean;
  /** Below which a new one is made; null with no centre: the nation. */
  parent: Centre | null;
  /** The one to change; null: a new one. */
  centre: Centre | null;
  onClose: () => void;
  onSaved: (id: string) => void;
}

export function CentreDrawer({ open, parent, centre, onClose, onSaved }: Props) {
  const { t } = useTranslation(["organization", "common"]);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={centre ? t("organization:centre.editTitle", { name: centre.name }) : t("organization:centre.new")}
      size={480}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={busy}>
            {t("organization:save")}
          </Button>
        </div>
      }
    >
      {open ? (
        <CentreForm
          id={formId}
          parent={parent}
          centre={centre}
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
