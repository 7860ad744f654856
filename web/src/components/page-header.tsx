import { QuestionCircleOutlined } from "@ant-design/icons";
import { Button, Tooltip } from "antd";
import { Suspense, useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { warm } from "@/lib/warm";
import styles from "./page-header.module.css";

const HelpDrawer = warm(async () => (await import("./help/help-drawer")).HelpDrawer);

interface Props {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  /** The page's place in the help texts, such as "organization.staff"; opens by F1. */
  help?: string;
}

/** The title of a page, one line about it, its help and its actions; also names the browser tab. */
export function PageHeader({ title, note, actions, help }: Props) {
  const { t } = useTranslation(["common", "parts"]);
  useEffect(() => {
    document.title = t("common:tabTitle", { page: title });
  }, [t, title]);
  return (
    <header className={styles["header"]}>
      <h1>{title}</h1>
      {help === undefined ? null : <HelpButton help={help} title={title} />}
      {note ? <p>{note}</p> : null}
      <div className={styles["actions"]}>{actions}</div>
    </header>
  );
}

function HelpButton({ help, title }: { help: string; title: string }) {
  const { t } = useTranslation("parts");
  const [open, setOpen] = useState(false);
  const label = t("help.open");
  useShortcut({ id: "help", keys: "F1", label, group: "everywhere", run: () => { setOpen(true); } });
  return (
    <>
      <Tooltip title={t("help.openKey")}>
        <Button
          type="text"
          size="small"
          className={styles["help"]}
          icon={<QuestionCircleOutlined aria-hidden />}
          aria-label={label}
          onClick={() => {
            setOpen(true);
          }}
        />
      </Tooltip>
      {open ? (
        <Suspense fallback={null}>
          <HelpDrawer
            page={help}
            title={title}
            onClose={() => {
              setOpen(false);
            }}
          />
        </Suspense>
      ) : null}
    </>
  );
}
