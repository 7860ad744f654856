import { ClockCircleOutlined } from "@ant-design/icons";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Skeleton, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BulkBar } from "@/components/bulk-bar";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { useNow } from "@/lib/format/use-now";
import { useSession } from "@/lib/session/use-session";
import { matrixQuery, skillsKey, skillsQuery, type MatrixRow, type Skill } from "./api/skills";
import type { StaffFilter } from "./api/staff";
import { GrantDialog } from "./grant-dialog";
import styles from "./people.module.css";
import { StaffFilters } from "./staff-filters";
import { useAllRows } from "./use-all-rows";

/** A skill that ends within so many days is marked. */
const SOON_DAYS = 30;
const DAY_MS = 86_400_000;

type Cell = MatrixRow["held"][number];

function stateOf(cell: Cell, now: Date): "valid" | "soon" | "ended" {
  if (!cell.valid) return "ended";
  const left = cell.valid_until === "" ? Infinity : new Date(cell.valid_until).getTime() - now.getTime();
  return left < SOON_DAYS * DAY_MS ? "soon" : "valid";
}

function useMatrixColumns(skills: readonly Skill[]): Column<MatrixRow>[] {
  const { t } = useTranslation("staff");
  const now = useNow(60_000);
  return [
    { key: "number", title: t("number"), width: 96, render: (row) => <span className="figures">{row.number}</span> },
    { key: "name", title: t("name"), width: 136, render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "team", title: t("team"), width: 112, render: (row) => <span title={row.centre_name}>{row.team_name || row.centre_name}</span> },
    ...skills.map((skill) => ({
      key: skill.code,
      title: skill.name,
      width: 96,
      render: (row: MatrixRow) => {
        const cell = row.held.find(({ skill_id }) => skill_id === skill.id);
        if (!cell) return null;
        const state = stateOf(cell, now);
        return (
          <Tooltip title={cell.valid_until ? t("skillPage.until", { day: cell.valid_until }) : t("skills.noEnd")}>
            <span className={styles["level"]} data-state={state}>
              {cell.level}
              {state === "soon" ? <ClockCircleOutlined aria-label={t("skillPage.endsSoon")} style={{ marginInlineStart: 4, fontSize: 11 }} /> : null}
            </span>
          </Tooltip>
        );
      },
    })),
  ];
}

/** Staff in rows, skills in columns, the level in the cell. */
export function SkillMatrix({ filter, onFilter }: { filter: StaffFilter; onFilter: (filter: StaffFilter) => void }) {
  const { t } = useTranslation(["staff", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const { data: skills = [] } = useQuery(skillsQuery);
  const list = useInfiniteQuery(matrixQuery(filter));
  const { rows, loadMore, retry } = useAllRows<MatrixRow>(list, (row) => row.id);
  const columns = useMatrixColumns(skills.filter(({ state }) => state === "active"));
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [granting, setGranting] = useState<readonly { id: string }[] | null>(null);
  const editable = can("organization.skill.edit");
  const chosen = rows.filter((row) => ticked.has(row.id));

  return (
    <>
      <div className={styles["filters"]}>
        <StaffFilters filter={filter} onFilter={onFilter} states={false} />
      </div>
      <BulkBar
        count={chosen.length}
        onClear={() => {
          setTicked(new Set());
        }}
      >
        <Button
          size="small"
          onClick={() => {
            setGranting(chosen);
          }}
        >
          {t("staff:grant")}
        </Button>
      </BulkBar>
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="skill-matrix"
            positionKey={`skills ${JSON.stringify(filter)}`}
            label={t("staff:skillPage.matrix")}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            openKey={null}
            onOpen={(id) => {
              if (editable) setGranting([{ id }]);
            }}
            onNearEnd={loadMore}
            ticked={editable ? ticked : undefined}
            onTick={setTicked}
            footer={
              list.error ? (
                <ErrorNote what={t("staff:moreFailed")} error={list.error} onRetry={retry} />
              ) : list.hasNextPage ? (
                t("common:loadingMore")
              ) : (
                t("common:endOfList", { count: rows.length })
              )
            }
          />
        ) : (
          <div className={styles["blank"]}>
            {list.error ? (
              <ErrorNote what={t("staff:skillPage.loadFailed")} error={list.error} onRetry={retry} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
            ) : (
              <EmptyState title={t("staff:nothingMatches")}>{t("staff:nothingMatchesHint")}</EmptyState>
            )}
          </div>
        )}
      </div>
      <GrantDialog
        open={granting !== null}
        staff={granting ?? []}
        onClose={() => {
          setGranting(null);
        }}
        onGranted={() => {
          setTicked(new Set());
          void client.invalidateQueries({ queryKey: skillsKey });
        }}
      />
    </>
  );
}
