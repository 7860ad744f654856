import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Select, Skeleton } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { useLanguage } from "@/lib/i18n/hooks";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { approvalCountQuery } from "./api/count-approvals";
import { approvalsKey, approvalsQuery, type ApprovalFilter } from "./api/list-approvals";
import { approvalKindsQuery } from "./api/list-kinds";
import { ApprovalPane } from "./approval-pane";
import styles from "./approval.module.css";
import { BulkDecision } from "./bulk-decision";
import { useApprovalColumns } from "./use-approval-columns";

const STATES = ["open", "approved", "refused", "withdrawn", "expired", "failed"] as const;

interface Props {
  filter: ApprovalFilter;
  onFilter: (filter: ApprovalFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** What waits for one's decision, what one asked for, and everything of one's centres. */
export function ApprovalsView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation(["approval", "common"]);
  const { can } = useSession();
  const language = useLanguage();
  const client = useQueryClient();
  const list = useInfiniteQuery(approvalsQuery(filter));
  const counts = useQuery(approvalCountQuery);
  const kinds = useQuery(approvalKindsQuery);
  const columns = useApprovalColumns();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  useLiveTopic("approvals.changed", () => void client.invalidateQueries({ queryKey: approvalsKey }));
  const deciding = filter.box === "to_decide";
  const seesAll = can("approval.request.read");
  const counted = (words: string, count: number | undefined) => (count === undefined || count === 0 ? words : t("approval:counted", { words, count }));
  const retry = () => void (list.data ? list.fetchNextPage() : list.refetch());
  // The next one after the one that was decided: ten requests are decided without leaving the keyboard.
  const goOn = () => {
    const at = rows.findIndex(({ id }) => id === openId);
    onOpen(deciding ? (rows[at + 1]?.id ?? rows[at - 1]?.id ?? null) : openId);
  };
  const narrowed = filter.state !== undefined || filter.kind !== undefined || filter.q !== undefined;

  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("approval:title")}
        note={t("approval:note")}
        help="approval.request"
        actions={<ExcelMenu exportPath="/api/approvals/export" query={{ ...filter }} />}
      />
      {ticked.size > 0 ? (
        <BulkDecision ids={ticked} onClear={() => { setTicked(new Set()); }} />
      ) : (
        <div className={styles["filters"]}>
          <Chips
            label={t("approval:box")}
            value={filter.box}
            chips={[
              { value: "to_decide", label: counted(t("approval:boxes.to_decide"), counts.data?.to_decide) },
              { value: "mine", label: counted(t("approval:boxes.mine"), counts.data?.mine) },
              ...(seesAll ? [{ value: "all" as const, label: t("approval:boxes.all") }] : []),
            ]}
            onChange={(box) => {
              onFilter({ box });
            }}
          />
          {deciding ? null : (
            <Select
              size="small"
              allowClear
              value={filter.state}
              placeholder={t("approval:anyState")}
              aria-label={t("approval:state")}
              style={{ width: 120 }}
              options={STATES.map((value) => ({ value, label: t(`approval:states.${value}`) }))}
              onChange={(state?: ApprovalFilter["state"]) => {
                onFilter({ ...filter, state });
              }}
            />
          )}
          <Select
            size="small"
            allowClear
            value={filter.kind}
            placeholder={t("approval:anyKind")}
            aria-label={t("approval:kind")}
            style={{ width: 180 }}
            options={(kinds.data ?? []).map(({ kind, zh, en }) => ({ value: kind, label: language === "zh-CN" ? zh : en }))}
            onChange={(kind?: string) => {
              onFilter({ ...filter, kind });
            }}
          />
          <Input.Search
            key={filter.q ?? ""}
            size="small"
            allowClear
            defaultValue={filter.q}
            placeholder={t("approval:search")}
            aria-label={t("approval:search")}
            style={{ width: 200 }}
            onSearch={(words) => {
              onFilter({ ...filter, q: words.trim() === "" ? undefined : words.trim() });
            }}
          />
          <SavedViews page="approval.request" value={filter} onApply={onFilter} />
        </div>
      )}
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="approvals"
            positionKey={`approvals ${JSON.stringify(filter)}`}
            label={t("approval:title")}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            openKey={openId}
            onOpen={onOpen}
            ticked={deciding ? ticked : undefined}
            onTick={deciding ? setTicked : undefined}
            onNearEnd={() => {
              if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
            }}
            footer={
              list.error ? (
                <ErrorNote what={t("approval:moreFailed")} error={list.error} onRetry={retry} />
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
              <ErrorNote what={t("approval:loadFailed")} error={list.error} onRetry={retry} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
            ) : (
              <EmptyState
                title={t(narrowed ? "approval:nothingMatches" : `approval:empty.${filter.box}`)}
                action={
                  narrowed ? (
                    <Button onClick={() => { onFilter({ box: filter.box }); }}>{t("approval:clearFilters")}</Button>
                  ) : undefined
                }
              >
                {t(narrowed ? "approval:nothingMatchesHint" : `approval:emptyHint.${filter.box}`)}
              </EmptyState>
            )}
          </div>
        )}
        {openId !== null ? <ApprovalPane id={openId} onClose={() => { onOpen(null); }} onDone={goOn} /> : null}
      </div>
    </div>
  );
}
