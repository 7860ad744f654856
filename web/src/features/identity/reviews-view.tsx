import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useNow } from "@/lib/format/use-now";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { campaignsQuery, ownSheetsQuery, reviewsKey, type Campaign, type Sheet } from "./api/reviews";
import { CampaignPane } from "./reviews-campaign";
import { NewCampaignDrawer } from "./reviews-new";
import { SheetView } from "./reviews-sheet";
import styles from "./reviews.module.css";

interface Props {
  view: "mine" | "all";
  onView: (view: "mine" | "all") => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
  sheetId: string | null;
  onSheet: (id: string | null) => void;
}

/** Who holds what, looked at again by somebody else: one's own sheets, and all reviews for those who lead them. */
export function ReviewsView({ view, onView, openId, onOpen, sheetId, onSheet }: Props) {
  const { t } = useTranslation("reviews");
  const { can } = useSession();
  const client = useQueryClient();
  const [creating, setCreating] = useState(false);
  useLiveTopic("reviews.changed", () => void client.invalidateQueries({ queryKey: reviewsKey }));
  const manages = can("identity.review.manage");
  useShortcut({ id: "reviews.new", keys: "n", label: t("new"), group: "page", enabled: manages && sheetId === null, run: () => { setCreating(true); } });
  if (sheetId !== null) {
    return (
      <div className={styles["page"]}>
        <PageHeader title={t("title")} note={t("note")} help="identity.review" />
        <SheetView id={sheetId} onBack={() => { onSheet(null); }} />
      </div>
    );
  }
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("title")}
        note={t("note")}
        help="identity.review"
        actions={
          <>
            {view === "all" && can("identity.review.read") ? <ExcelMenu exportPath="/api/reviews/export" /> : null}
            {manages ? <Button type="primary" onClick={() => { setCreating(true); }}>{t("new")}</Button> : null}
          </>
        }
      />
      {can("identity.review.read") ? (
        <div className={styles["bar"]}>
          <Chips
            label={t("view")}
            value={view}
            chips={[
              { value: "mine", label: t("views.mine") },
              { value: "all", label: t("views.all") },
            ]}
            onChange={onView}
          />
        </div>
      ) : null}
      {view === "all" && can("identity.review.read") ? <AllReviews openId={openId} onOpen={onOpen} onSheet={onSheet} /> : <OwnSheets onSheet={onSheet} />}
      {creating ? (
        <NewCampaignDrawer
          onClose={() => { setCreating(false); }}
          onOpened={(id) => {
            setCreating(false);
            onOpen(id);
          }}
        />
      ) : null}
    </div>
  );
}

function OwnSheets({ onSheet }: { onSheet: (id: string) => void }) {
  const { t } = useTranslation(["reviews", "common"]);
  const sheets = useQuery(ownSheetsQuery);
  const now = useNow(60_000);
  const columns: Column<Sheet>[] = [
    { key: "title", title: t("reviews:sheet"), render: (row) => row.title },
    { key: "campaign", title: t("reviews:review"), width: 220, render: (row) => row.campaign_name },
    { key: "due", title: t("reviews:dueAt"), width: 130, render: (row) => <TimeText value={row.due_at} /> },
    { key: "decided", title: t("reviews:itemsDecided"), width: 110, align: "end", render: (row) => `${row.decided}/${row.items}` },
    {
      key: "state",
      title: t("reviews:state"),
      width: 120,
      render: (row) =>
        row.signed_at !== null ? (
          <StatusWord tone="ok">{t("reviews:signed")}</StatusWord>
        ) : new Date(row.due_at) < now ? (
          <StatusWord tone="fault">{t("reviews:overdue")}</StatusWord>
        ) : (
          <StatusWord tone="warning">{t("reviews:toSign")}</StatusWord>
        ),
    },
  ];
  return (
    <div className={styles["split"]}>
      {sheets.data && sheets.data.length > 0 ? (
        <DataTable id="review-sheets" positionKey="review-sheets" label={t("reviews:views.mine")} columns={columns} rows={sheets.data} rowKey={(row) => row.id} openKey={null} onOpen={onSheet} footer={t("common:endOfList", { count: sheets.data.length })} />
      ) : (
        <div className={styles["blank"]}>
          {sheets.error ? (
            <ErrorNote what={t("reviews:loadFailed")} error={sheets.error} onRetry={() => void sheets.refetch()} />
          ) : sheets.isPending ? (
            <Skeleton active title={false} paragraph={{ rows: 6 }} />
          ) : (
            <EmptyState title={t("reviews:noSheets")}>{t("reviews:noSheetsHint")}</EmptyState>
          )}
        </div>
      )}
    </div>
  );
}

interface AllProps {
  openId: string | null;
  onOpen: (id: string | null) => void;
  onSheet: (id: string) => void;
}

function AllReviews({ openId, onOpen, onSheet }: AllProps) {
  const { t } = useTranslation(["reviews", "common"]);
  const list = useInfiniteQuery(campaignsQuery);
  const now = useNow(60_000);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns: Column<Campaign>[] = [
    { key: "name", title: t("reviews:name"), render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "centre", title: t("reviews:centre"), width: 180, inDetails: true, render: (row) => row.centre_name },
    { key: "due", title: t("reviews:dueAt"), width: 130, render: (row) => <TimeText value={row.due_at} /> },
    { key: "signed", title: t("reviews:sheetsSigned"), width: 110, align: "end", render: (row) => `${row.signed}/${row.sheets}` },
    { key: "revoked", title: t("reviews:revoked"), width: 90, align: "end", inDetails: true, render: (row) => row.revoked },
    {
      key: "state",
      title: t("reviews:state"),
      width: 110,
      render: (row) =>
        row.state === "closed" ? (
          <StatusWord tone="idle">{t("reviews:closed")}</StatusWord>
        ) : new Date(row.due_at) < now ? (
          <StatusWord tone="fault">{t("reviews:overdue")}</StatusWord>
        ) : (
          <StatusWord tone="info">{t("reviews:running")}</StatusWord>
        ),
    },
  ];
  return (
    <div className={styles["split"]}>
      {rows.length > 0 ? (
        <DataTable
          id="reviews"
          positionKey="reviews"
          label={t("reviews:views.all")}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          openKey={openId}
          onOpen={onOpen}
          onNearEnd={() => {
            if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
          }}
          footer={list.hasNextPage ? t("common:loadingMore") : t("common:endOfList", { count: rows.length })}
        />
      ) : (
        <div className={styles["blank"]}>
          {list.error ? (
            <ErrorNote what={t("reviews:loadFailed")} error={list.error} onRetry={() => void list.refetch()} />
          ) : list.isPending ? (
            <Skeleton active title={false} paragraph={{ rows: 6 }} />
          ) : (
            <EmptyState title={t("reviews:noReviews")}>{t("reviews:noReviewsHint")}</EmptyState>
          )}
        </div>
      )}
      {openId === null ? null : <CampaignPane id={openId} onClose={() => { onOpen(null); }} onSheet={onSheet} />}
    </div>
  );
}
