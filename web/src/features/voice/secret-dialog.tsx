import { Alert, Button, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { DetailsList } from "@/components/details-list";
import type { PhoneSecret } from "./api/phones";
import styles from "./voice.module.css";

interface Props {
  secret: PhoneSecret | null;
  onClose: () => void;
}

/** A phone's password, shown this once; only the button closes it. */
export function SecretDialog({ secret, onClose }: Props) {
  const { t } = useTranslation("voice");
  return (
    <Modal
      open={secret !== null}
      title={t("phones.secretTitle", { number: secret?.number ?? "" })}
      width={520}
      destroyOnHidden
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      footer={
        <Button type="primary" onClick={onClose}>
          {t("phones.done")}
        </Button>
      }
    >
      <div className={styles["section"]}>
        <Alert type="warning" showIcon title={t("phones.secretOnce")} />
        <div className={styles["secret"]}>
          <CopyCode value={secret?.password ?? ""} wrap />
        </div>
        <DetailsList
          items={[
            { name: t("phones.secretUser"), value: secret?.number },
            { name: t("phones.secretServer"), value: t("phones.secretServerHint") },
            { name: t("phones.realm"), value: secret?.realm },
          ]}
        />
      </div>
    </Modal>
  );
}
