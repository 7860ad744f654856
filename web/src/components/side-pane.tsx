import { CloseOutlined } from "@ant-design/icons";
import { Button, Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import styles from "./side-pane.module.css";

interface Props {
  title: ReactNode;
  /** What the pane is, for those who do not see where it stands. */
  label: string;
  onClose: () => void;
  actions?: ReactNode;
  children: ReactNode;
}

/** Details beside a list, not over it: the list stays readable and keeps the keyboard. */
export function SidePane({ title, label, onClose, actions, children }: Props) {
  const { t } = useTranslation("common");
  useShortcut({ id: "pane.close", keys: "Escape", label: t("closePane"), group: "list", run: onClose });
  return (
    <aside className={styles["pane"]} aria-label={label}>
      <header className={styles["header"]}>
        <h2>{title}</h2>
        <div className={styles["actions"]}>
          {actions}
          <Tooltip title={t("closeWithKey")}>
            <Button type="text" size="small" aria-label={t("closePane")} icon={<CloseOutlined />} onClick={onClose} />
          </Tooltip>
        </div>
      </header>
      <div className={styles["body"]}>{children}</div>
    </aside>
  );
}
