import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { TimeText } from "@/components/time-text";
import { holdersQuery, type Role } from "../api/list-roles";
import styles from "./roles.module.css";

/** Who has the role, as far as one may see. */
export function RoleHolders({ role }: { role: Role }) {
  const { t } = useTranslation("roles");
  const query = useInfiniteQuery(holdersQuery(role.id));
  const holders = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className={styles["section"]}>
      <h3 className={styles["heading"]}>{t("holdersTitle", { count: role.holders })}</h3>
      {query.error ? (
        <ErrorNote what={t("holdersFailed")} error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 3 }} />
      ) : holders.length === 0 ? (
        <p className={styles["muted"]}>{t(role.holders > 0 ? "holdersElsewhere" : "nobody")}</p>
      ) : (
        <ul className={styles["list"]}>
          {holders.map((holder) => (
            <li key={holder.assignment_id}>
              <span>{t("holder", { number: holder.number, name: holder.name })}</span>
              <span className={styles["muted"]}>{holder.centre_name}</span>
              {holder.valid_until ? (
                <span className={styles["muted"]}>
                  {t("until")} <TimeText value={holder.valid_until} />
                </span>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {holders.length > 0 ? <ExcelMenu exportPath={`/api/roles/${role.id}/holders/export`} /> : null}
      {query.hasNextPage ? (
        <Button size="small" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("moreHolders")}
        </Button>
      ) : null}
    </section>
  );
}
