import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ImportReport } from "@/components/excel/import-report";
import { keepFile } from "@/lib/api/request";
import styles from "./voice.module.css";

/** The passwords of phones that an import made: an Excel file that the server keeps nowhere. */
export interface ImportedPasswords {
  count: number;
  name: string;
  /** Base64. */
  file: string;
}

/** What an import of phones answers beside its report; nothing when it made none. */
export function passwordsOf(report: ImportReport & { passwords_name?: string; passwords?: string }): ImportedPasswords | null {
  const { create, passwords, passwords_name: name = "passwords.xlsx" } = report;
  return passwords === undefined ? null : { count: create, name, file: passwords };
}

interface Props {
  imported: ImportedPasswords | null;
  onClose: () => void;
}

/** Hands out the passwords of new phones, this once; it closes only after they were taken. */
export function PasswordsDialog({ imported, onClose }: Props) {
  const { t } = useTranslation("voice");
  const [taken, setTaken] = useState(false);
  const take = () => {
    if (!imported) return;
    const bytes = Uint8Array.from(atob(imported.file), (letter) => letter.charCodeAt(0));
    keepFile(new Blob([bytes], { type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" }), imported.name);
    setTaken(true);
  };
  return (
    <Modal
      open={imported !== null}
      title={t("phones.importedTitle", { count: imported?.count ?? 0 })}
      width={520}
      destroyOnHidden
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      afterClose={() => {
        setTaken(false);
      }}
      footer={
        <div className={styles["foot"]}>
          <Button type={taken ? "default" : "primary"} icon={<DownloadOutlined aria-hidden />} onClick={take}>
            {t("phones.importedTake")}
          </Button>
          <Button type={taken ? "primary" : "default"} disabled={!taken} onClick={onClose}>
            {t("phones.done")}
          </Button>
        </div>
      }
    >
      <div className={styles["section"]}>
        <Alert type="warning" showIcon title={t("phones.importedOnce")} />
        <p className={styles["muted"]}>{t("phones.importedHint")}</p>
      </div>
    </Modal>
  );
}
