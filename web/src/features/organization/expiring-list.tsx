import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { useCentres } from "@/lib/places/use-centres";
import { useSession } from "@/lib/session/use-session";
import { expiringQuery, skillsKey, type ExpiringSkill } from "./api/skills";
import { GrantDialog } from "./grant-dialog";
import styles from "./people.module.css";
import { useAllRows } from "./use-all-rows";

const SPANS = ["7", "30", "90"] as const;
export type Span = (typeof SPANS)[number];

function keyOf(row: ExpiringSkill): string {
  return `${row.staff_id} ${row.skill_id}`;
}

/** The skills that end soon, the nearest end first; Enter renews one. */
export function ExpiringList({ days, onDays }: { days: Span; onDays: (days: Span) => void }) {
  const { t } = useTranslation(["staff", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const { nameOf } = useCentres();
  const list = useInfiniteQuery(expiringQuery(Number(days)));
  const { rows, loadMore, retry } = useAllRows<ExpiringSkill>(list, keyOf);
  const [renewing, setRenewing] = useState<ExpiringSkill | null>(null);
  const columns: Column<ExpiringSkill>[] = [
    { key: "until", title: t("staff:validUntil"), width: 128, render: (row) => <span className="figures">{row.valid_until}</span> },
    { key: "number", title: t("staff:number"), width: 104, render: (row) => <span className="figures">{row.number}</span> },
    { key: "name", title: t("staff:name"), width: 160, render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "skill", title: t("staff:skill"), render: (row) => row.skill_name },
    { key: "level", title: t("staff:level"), width: 88, align: "end", render: (row) => row.level },
    { key: "centre", title: t("staff:centre"), width: 208, render: (row) => nameOf(row.centre_id) },
  ];
  return (
    <>
      <div className={styles["filters"]}>
        <Chips
          label={t("staff:skillPage.within")}
          value={days}
          chips={SPANS.map((value) => ({ value, label: t("staff:skillPage.days", { count: Number(value) }) }))}
          onChange={onDays}
        />
        {can("organization.skill.edit") ? <span className={styles["muted"]}>{t("staff:skillPage.renewHint")}</span> : null}
      </div>
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="expiring"
            positionKey={`expiring ${days}`}
            label={t("staff:skillPage.expiring")}
            columns={columns}
            rows={rows}
            rowKey={keyOf}
            openKey={null}
            onOpen={(key) => {
              if (can("organization.skill.edit")) setRenewing(rows.find((row) => keyOf(row) === key) ?? null);
            }}
            onNearEnd={loadMore}
            footer={list.error ? <ErrorNote what={t("staff:moreFailed")} error={list.error} onRetry={retry} /> : list.hasNextPage ? t("common:loadingMore") : t("common:endOfList", { count: rows.length })}
          />
        ) : (
          <div className={styles["blank"]}>
            {list.error ? (
              <ErrorNote what={t("staff:skillPage.loadFailed")} error={list.error} onRetry={retry} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
            ) : (
              <EmptyState title={t("staff:skillPage.nothingEnds")}>{t("staff:skillPage.nothingEndsHint")}</EmptyState>
            )}
          </div>
        )}
      </div>
      <GrantDialog
        open={renewing !== null}
        staff={renewing ? [{ id: renewing.staff_id }] : []}
        initial={renewing ? { skill_id: renewing.skill_id, level: renewing.level } : undefined}
        onClose={() => {
          setRenewing(null);
        }}
        onGranted={() => void client.invalidateQueries({ queryKey: skillsKey })}
      />
    </>
  );
}
