import { App, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import styles from "./routing.module.css";

interface Props {
  open: boolean;
  title: string;
  /** What follows from it, in words. */
  consequence: string;
  onConfirm: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
}

/** Asks once before something is deleted, and shows why it could not be. */
export function DeleteDialog({ open, title, consequence, onConfirm, onDone, onClose }: Props) {
  const { t } = useTranslation(["routing", "common"]);
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const run = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await onConfirm();
      void message.success(t("routing:deleted"));
      onDone();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      open={open}
      title={title}
      width={480}
      destroyOnHidden
      okText={t("routing:remove")}
      cancelText={t("common:cancel")}
      okButtonProps={{ danger: true, loading: busy }}
      onOk={() => void run()}
      onCancel={() => {
        setProblem(null);
        onClose();
      }}
    >
      <p>{consequence}</p>
      {problem ? (
        <div className={styles["above"]}>
          <ErrorNote what={title} error={problem} />
        </div>
      ) : null}
    </Modal>
  );
}
