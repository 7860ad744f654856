import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { TimeText } from "@/components/time-text";
import { useCentres } from "@/lib/places/use-centres";
import { acknowledgementsQuery } from "./api/posts";
import styles from "./people.module.css";
import { useAllRows } from "./use-all-rows";

/** Who holds a post and has, or has not, acknowledged its job description. */
export function AcknowledgementList({ post }: { post: string }) {
  const { t } = useTranslation(["staff", "common"]);
  const [missing, setMissing] = useState(true);
  const list = useInfiniteQuery(acknowledgementsQuery(post, missing));
  const { rows, loadMore, retry } = useAllRows(list, (row: { staff_id: string }) => row.staff_id);
  const { nameOf } = useCentres();
  return (
    <section className={styles["section"]} aria-label={t("staff:posts.acknowledged")}>
      <h3>{t("staff:posts.acknowledged")}</h3>
      <Chips
        label={t("staff:posts.show")}
        value={missing ? "missing" : "all"}
        chips={[
          { value: "missing", label: t("staff:posts.missing") },
          { value: "all", label: t("common:all") },
        ]}
        onChange={(value) => {
          setMissing(value === "missing");
        }}
      />
      {list.error ? <ErrorNote what={t("staff:loadFailed")} error={list.error} onRetry={retry} /> : null}
      {rows.length === 0 && list.isSuccess ? <p className={styles["muted"]}>{t(missing ? "staff:posts.allAcknowledged" : "staff:posts.noHolders")}</p> : null}
      {rows.length > 0 ? (
        <table className={styles["rows"]}>
          <tbody>
            {rows.map((row) => (
              <tr key={row.staff_id}>
                <td className="figures">{row.number}</td>
                <td>{row.name}</td>
                <td>{nameOf(row.centre_id)}</td>
                <td>{row.acknowledged_at === null ? t("staff:posts.notYet") : <TimeText value={row.acknowledged_at} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {rows.length > 0 ? (
        <div className={styles["acts"]}>
          <ExcelMenu exportPath={`/api/posts/${post}/acknowledgements/export`} query={{ missing: missing || undefined }} />
        </div>
      ) : null}
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
