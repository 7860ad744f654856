import { Button, Input, Skeleton } from "antd";
import { useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import styles from "./routing.module.css";

/** What a list that is read in pages looks like to those who show it. */
export interface Pages {
  error: unknown;
  isPending: boolean;
  hasNextPage?: boolean;
  isFetchingNextPage?: boolean;
  isFetchNextPageError?: boolean;
  fetchNextPage?: () => unknown;
  refetch: () => unknown;
}

interface Props<Row> {
  id: string;
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  positionKey: string;
  pages: Pages;
  openId: string | null;
  onOpen: (id: string | null) => void;
  /** Filters narrow the list; pressing the button of the empty page takes them away. */
  filtered: boolean;
  onClear: () => void;
  empty: ReactNode;
  pane: ReactNode;
}

/** A list with its details beside it, or what stands in its place. */
export function ListFrame<Row>({ pages, rows, filtered, onClear, empty, pane, openId, onOpen, ...table }: Props<Row>) {
  const { t } = useTranslation(["routing", "common"]);
  const more = pages.hasNextPage ?? false;
  return (
    <div className={styles["split"]}>
      {rows.length > 0 ? (
        <DataTable
          {...table}
          rows={rows}
          openKey={openId}
          onOpen={onOpen}
          onNearEnd={() => {
            if (more && !pages.isFetchingNextPage && !pages.isFetchNextPageError) pages.fetchNextPage?.();
          }}
          footer={
            pages.error ? (
              <ErrorNote what={t("routing:loadFailed")} error={pages.error} onRetry={() => {
                if (more) pages.fetchNextPage?.();
                else pages.refetch();
              }} />
            ) : more ? (
              t("common:loadingMore")
            ) : (
              t("common:endOfList", { count: rows.length })
            )
          }
        />
      ) : (
        <div className={styles["blank"]}>
          {pages.error ? (
            <ErrorNote what={t("routing:loadFailed")} error={pages.error} onRetry={() => {
                pages.refetch();
              }} />
          ) : pages.isPending ? (
            <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
          ) : filtered ? (
            <EmptyState title={t("routing:nothingMatches")} action={<Button onClick={onClear}>{t("routing:showAll")}</Button>}>
              {t("routing:nothingMatchesHint")}
            </EmptyState>
          ) : (
            empty
          )}
        </div>
      )}
      {pane}
    </div>
  );
}

interface SearchProps {
  page: string;
  label: string;
  value: string | undefined;
  onSearch: (text: string | undefined) => void;
}

/** The search field of a list; / goes to it. */
export function SearchField({ page, label, value, onSearch }: SearchProps) {
  const { t } = useTranslation("routing");
  const place = useRef<HTMLSpanElement>(null);
  useShortcut({ id: `${page}.search`, keys: "/", label: t("search"), group: "page", run: () => place.current?.querySelector("input")?.focus() });
  return (
    <span ref={place}>
      <Input.Search
        key={value ?? ""}
        size="small"
        allowClear
        defaultValue={value}
        maxLength={64}
        aria-label={label}
        placeholder={label}
        onSearch={(text) => {
          onSearch(text.trim() || undefined);
        }}
      />
    </span>
  );
}
