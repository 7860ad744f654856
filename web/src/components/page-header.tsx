import { useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./page-header.module.css";

interface Props {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
}

/** The title of a page, one line about it, and its actions; also names the browser tab. */
export function PageHeader({ title, note, actions }: Props) {
  const { t } = useTranslation("common");
  useEffect(() => {
    document.title = t("tabTitle", { page: title });
  }, [t, title]);
  return (
    <header className={styles["header"]}>
      <h1>{title}</h1>
      {note ? <p>{note}</p> : null}
      <div className={styles["actions"]}>{actions}</div>
    </header>
  );
}
