import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./bulk-bar.module.css";

interface Props {
  count: number;
  onClear: () => void;
  children: ReactNode;
}

/** What can be done with the ticked rows; in the place of the filters while any is ticked. */
export function BulkBar({ count, onClear, children }: Props) {
  const { t } = useTranslation("parts");
  if (count === 0) return null;
  return (
    <div role="toolbar" aria-label={t("bulk.label")} className={styles["bar"]}>
      <strong className="figures">{t("bulk.selected", { count })}</strong>
      {children}
      <Button size="small" type="text" onClick={onClear}>
        {t("bulk.clear")}
      </Button>
    </div>
  );
}
