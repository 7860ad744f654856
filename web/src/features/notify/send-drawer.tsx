import { Button, Drawer } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { focusFirst } from "@/components/focus-first";
import styles from "./notify.module.css";
import { SendForm } from "./send-form";

interface Props {
  open: boolean;
  onClose: () => void;
  onSent: (id: string) => void;
}

export function SendDrawer({ open, onClose, onSent }: Props) {
  const { t } = useTranslation(["notify", "common"]);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={t("notify:sendTest")}
      size={440}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={busy}>
            {t("notify:send")}
          </Button>
        </div>
      }
    >
      <SendForm
        id={formId}
        onBusy={setBusy}
        onSent={(id) => {
          onClose();
          onSent(id);
        }}
      />
    </Drawer>
  );
}
