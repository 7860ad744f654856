import { Button, Drawer } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { focusFirst } from "@/components/focus-first";
import type { CreatedWebhook } from "./api/create-webhook";
import { CreateForm } from "./create-form";
import { SecretPanel } from "./secret-panel";
import styles from "./webhook.module.css";

interface Props {
  open: boolean;
  knownTopics: readonly string[];
  /** Told the id of what was made, or null. */
  onClose: (created: string | null) => void;
}

/** Asks for address and topics, then shows the secret, which must not be closed by accident. */
export function CreateDrawer({ open, knownTopics, onClose }: Props) {
  const { t } = useTranslation(["webhook", "common"]);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  const [created, setCreated] = useState<CreatedWebhook | null>(null);
  const close = () => {
    onClose(created ? created.id : null);
    setCreated(null);
  };
  return (
    <Drawer
      open={open}
      onClose={close}
      title={t(created ? "webhook:secretTitle" : "webhook:create")}
      size={480}
      destroyOnHidden
      afterOpenChange={(opened) => {
        if (opened) focusFirst(formId);
      }}
      closable={created === null}
      keyboard={created === null}
      mask={{ closable: created === null }}
      footer={
        <div className={styles["foot"]}>
          {created ? (
            <Button type="primary" onClick={close}>
              {t("webhook:secretStored")}
            </Button>
          ) : (
            <>
              <Button onClick={close}>{t("common:cancel")}</Button>
              <Button type="primary" htmlType="submit" form={formId} loading={busy}>
                {t("webhook:createNow")}
              </Button>
            </>
          )}
        </div>
      }
    >
      {created ? (
        <SecretPanel secret={created.secret} />
      ) : (
        <CreateForm id={formId} knownTopics={knownTopics} onBusy={setBusy} onCreated={setCreated} />
      )}
    </Drawer>
  );
}
