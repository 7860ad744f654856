import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { StatusWord } from "@/components/status-word";
import { skillsKey, skillsQuery, type Skill } from "./api/skills";
import styles from "./people.module.css";
import { SkillDrawer } from "./skill-drawer";

/** The skills of the operator; Enter changes one. */
export function SkillList({ editable }: { editable: boolean }) {
  const { t } = useTranslation(["staff", "common"]);
  const client = useQueryClient();
  const { data: rows = [], error, isPending, refetch } = useQuery(skillsQuery);
  const [editing, setEditing] = useState<Skill | null>(null);
  const columns: Column<Skill>[] = [
    { key: "code", title: t("staff:skillPage.code"), width: 136, render: (row) => row.code },
    { key: "name", title: t("staff:skillPage.name"), width: 184, render: (row) => row.name },
    { key: "kind", title: t("staff:skillPage.kind"), width: 104, render: (row) => t(`staff:kinds.${row.kind}`) },
    { key: "description", title: t("staff:skillPage.description"), render: (row) => <span title={row.description}>{row.description || t("common:none")}</span> },
    { key: "holders", title: t("staff:skillPage.holders"), width: 96, align: "end", render: (row) => row.holders },
    { key: "state", title: t("staff:state"), width: 96, render: (row) => <StatusWord tone={row.state === "active" ? "ok" : "idle"}>{t(row.state === "active" ? "staff:posts.inUse" : "staff:posts.closed")}</StatusWord> },
  ];
  return (
    <div className={styles["split"]}>
      {rows.length > 0 ? (
        <DataTable
          id="skills"
          positionKey="skills"
          label={t("staff:skillPage.list")}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          openKey={null}
          onOpen={(id) => {
            if (editable) setEditing(rows.find((row) => row.id === id) ?? null);
          }}
          footer={t("common:endOfList", { count: rows.length })}
        />
      ) : (
        <div className={styles["blank"]}>
          {error ? (
            <ErrorNote what={t("staff:skillPage.loadFailed")} error={error} onRetry={() => void refetch()} />
          ) : isPending ? (
            <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
          ) : (
            <EmptyState title={t("staff:skillPage.empty")}>{t("staff:skillPage.emptyHint")}</EmptyState>
          )}
        </div>
      )}
      <SkillDrawer
        open={editing !== null}
        skill={editing}
        onClose={() => {
          setEditing(null);
        }}
        onSaved={() => void client.invalidateQueries({ queryKey: skillsKey })}
      />
    </div>
  );
}
