import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "@/lib/api/error";
import { errorText } from "@/lib/i18n/error-text";
import type { Difference } from "@/lib/differences";
import { ToneIcon } from "./status-word";
import styles from "./conflict-note.module.css";

interface Props {
  /** The answer of code "...changed_meanwhile": it names who changed it and when. */
  error: unknown;
  /** What differs from what this person had before them; undefined while it is being fetched. */
  differences: readonly Difference[] | undefined;
  /** The field's name as the form shows it. */
  nameOf: (field: string) => string;
  show?: (field: string, value: unknown) => ReactNode;
  /** Takes the other version and drops one's own changes. */
  onTakeTheirs: () => void;
  /** Saves one's own changes on top of the other version. */
  onKeepMine?: () => void;
}

function plain(value: unknown): string {
  if (value === null || value === undefined || value === "") return "—";
  if (Array.isArray(value)) return value.map(plain).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Somebody else saved first: who, when and what differs, and the two ways on. Nothing typed is lost. */
export function ConflictNote({ error, differences, nameOf, show = (_, value) => plain(value), onTakeTheirs, onKeepMine }: Props) {
  const { t } = useTranslation("parts");
  const problem = asApiError(error);
  return (
    <div role="alert" className={styles["note"]}>
      <ToneIcon tone="warning" />
      <div className={styles["body"]}>
        <strong>{t("conflict.title")}</strong>
        {/* The server's own words name the person and the time; a fixed text could not. */}
        <p>{problem.detail || errorText(problem.code, "")}</p>
        {differences === undefined ? (
          <p>{t("conflict.loading")}</p>
        ) : differences.length === 0 ? (
          <p>{t("conflict.same")}</p>
        ) : (
          <table className={styles["table"]}>
            <thead>
              <tr>
                <th scope="col">{t("conflict.field")}</th>
                <th scope="col">{t("conflict.theirs")}</th>
                <th scope="col">{t("conflict.mine")}</th>
              </tr>
            </thead>
            <tbody>
              {differences.map(({ field, mine, theirs }) => (
                <tr key={field}>
                  <th scope="row">{nameOf(field)}</th>
                  <td>{show(field, theirs)}</td>
                  <td>{show(field, mine)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <div className={styles["actions"]}>
          <Button size="small" onClick={onTakeTheirs}>
            {t("conflict.takeTheirs")}
          </Button>
          {onKeepMine ? (
            <Button size="small" type="primary" disabled={differences === undefined} onClick={onKeepMine}>
              {t("conflict.keepMine")}
            </Button>
          ) : null}
        </div>
      </div>
    </div>
  );
}
