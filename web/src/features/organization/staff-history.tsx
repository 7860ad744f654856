import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { TimeText } from "@/components/time-text";
import { staffHistoryQuery, type StaffEvent } from "./api/staff";
import styles from "./people.module.css";
import { useAllRows } from "./use-all-rows";

/** A value of the audit as people read it. */
function valueText(value: unknown, none: string): string {
  if (value === null || value === undefined || value === "") return none;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What was done to somebody, by whom and why, from the audit. */
export function StaffHistory({ id }: { id: string }) {
  const { t } = useTranslation(["staff", "common"]);
  const list = useInfiniteQuery(staffHistoryQuery(id));
  const { rows, loadMore, retry } = useAllRows<StaffEvent>(list, (event) => event.id);
  const none = t("common:none");
  return (
    <section className={styles["section"]} aria-label={t("staff:history.title")}>
      <h3>{t("staff:history.title")}</h3>
      {list.error ? <ErrorNote what={t("staff:history.failed")} error={list.error} onRetry={retry} /> : null}
      <ul className={styles["history"]}>
        {rows.map((event) => (
          <li key={event.id}>
            <div>
              <TimeText value={event.at} />
              <strong>{t(`staff:acts.${event.action.replace("organization.staff.", "")}`, { defaultValue: event.action })}</strong>
              <span className={styles["muted"]}>{event.by}</span>
            </div>
            {event.reason ? <div>{event.reason}</div> : null}
            {event.changes.length > 0 ? (
              <ul>
                {event.changes.map(({ field, old, new: next }) => (
                  <li key={field}>
                    {t("staff:history.change", {
                      field: t(`staff:fields.${field}`, { defaultValue: field }),
                      old: valueText(old, none),
                      next: valueText(next, none),
                    })}
                  </li>
                ))}
              </ul>
            ) : null}
          </li>
        ))}
      </ul>
      {list.hasNextPage ? (
        <div className={styles["acts"]}>
          <Button size="small" loading={list.isFetchingNextPage} onClick={loadMore}>
            {t("staff:history.more")}
          </Button>
        </div>
      ) : null}
    </section>
  );
}
