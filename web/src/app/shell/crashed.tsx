import type { ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import styles from "./shell.module.css";

/** Shown in the place of a page that failed to load or to draw; the navigation stays usable. */
export function Crashed({ error }: ErrorComponentProps) {
  const { t } = useTranslation("shell");
  return (
    <div className={styles["failed"]}>
      <ErrorNote
        what={t("crashed.what")}
        error={error}
        retryLabel={t("crashed.reload")}
        onRetry={() => {
          window.location.reload();
        }}
      />
    </div>
  );
}
