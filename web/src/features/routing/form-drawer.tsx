import { Button, Drawer } from "antd";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { focusFirst } from "@/components/focus-first";
import styles from "./routing.module.css";

interface Props {
  open: boolean;
  title: string;
  /** The word on the button that sends the form. */
  submit: string;
  size?: number;
  onClose: () => void;
  children: (id: string, onBusy: (busy: boolean) => void) => ReactNode;
}

/** A form in a drawer, with its buttons below it. */
export function FormDrawer({ open, title, submit, size = 520, onClose, children }: Props) {
  const { t } = useTranslation("common");
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={title}
      size={size}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="primary" htmlType="submit" form={formId} loading={busy}>
            {submit}
          </Button>
        </div>
      }
    >
      {children(formId, setBusy)}
    </Drawer>
  );
}
