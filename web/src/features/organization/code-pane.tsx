import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { SidePane } from "@/components/side-pane";
import type { CodeItem } from "./api/codes";
import styles from "./organization.module.css";

interface Props {
  item: CodeItem | undefined;
  extraName: (name: string) => string;
  onEdit?: (item: CodeItem) => void;
  onClose: () => void;
}

/** One code with everything that the table says of it. */
export function CodePane({ item, extraName, onEdit, onClose }: Props) {
  const { t } = useTranslation("organization");
  if (!item) {
    return (
      <SidePane title={t("codes.one")} label={t("codes.one")} onClose={onClose}>
        <p className={styles["muted"]}>{t("notLoaded")}</p>
      </SidePane>
    );
  }
  return (
    <SidePane
      title={`${item.code} ${item.zh}`}
      label={t("codes.one")}
      onClose={onClose}
      actions={
        onEdit ? (
          <Button
            size="small"
            onClick={() => {
              onEdit(item);
            }}
          >
            {t("edit")}
          </Button>
        ) : null
      }
    >
      <DetailsList
        items={[
          ...(["code", "zh", "en", "initials", "parent", "valid_from", "valid_until"] as const).map((field) => ({
            name: t(`itemColumns.${field}`),
            value: item[field],
          })),
          ...Object.entries(item.extra ?? {}).map(([name, value]) => ({ name: extraName(name), value })),
        ]}
      />
    </SidePane>
  );
}
