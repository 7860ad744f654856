import { useTranslation } from "react-i18next";
import type { EntryDetail } from "./api/get-entry";
import styles from "./audit.module.css";

/** A value as people read it: text without quotes, nothing as a dash, the rest as JSON. */
export function valueText(value: unknown, none: string): string {
  if (value === null || value === undefined || value === "") return none;
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

/** Old and new of each field, side by side. */
export function ChangesTable({ fields }: { fields: EntryDetail["fields"] }) {
  const { t } = useTranslation(["audit", "common"]);
  const none = t("common:none");
  return (
    <table className={styles["changes"]}>
      <thead>
        <tr>
          <th scope="col">{t("audit:field")}</th>
          <th scope="col">{t("audit:old")}</th>
          <th scope="col">{t("audit:new")}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map(({ field, old, new: next }, index) => (
          <tr key={`${field} ${String(index)}`}>
            <th scope="row">
              <code>{field}</code>
            </th>
            <td>{valueText(old, none)}</td>
            <td>{valueText(next, none)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
