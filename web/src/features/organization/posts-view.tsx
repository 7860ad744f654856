import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Skeleton, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { POST_CLASSES, postListQuery, postsKey, type Post, type PostFilter } from "./api/posts";
import styles from "./people.module.css";
import { PostDrawer } from "./post-drawer";
import { PostPane } from "./post-pane";
import { useAllRows } from "./use-all-rows";
import { usePostColumns } from "./use-post-columns";

interface Props {
  filter: PostFilter;
  onFilter: (filter: PostFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** The posts of the operator with how far their job descriptions are, details beside the list. */
export function PostsView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation(["staff", "common"]);
  const { can, national } = useSession();
  const client = useQueryClient();
  const list = useInfiniteQuery(postListQuery(filter));
  const { rows, loadMore, retry } = useAllRows<Post>(list, (row) => row.id);
  const columns = usePostColumns();
  const [making, setMaking] = useState(false);
  const refresh = () => void client.invalidateQueries({ queryKey: postsKey });
  useLiveTopic("posts.changed", refresh);
  const editable = can("organization.post.edit") && national;
  const makeNew = () => {
    setMaking(true);
  };
  useShortcut({ id: "posts.new", keys: "n", label: t("staff:posts.new"), group: "page", enabled: editable, run: makeNew });
  const open = rows.find((row) => row.id === openId);
  const narrowed = filter.class !== undefined || filter.due === true;

  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("staff:posts.title")}
        note={t("staff:posts.note")}
        help="organization.post"
        actions={
          <>
            <ExcelMenu
              exportPath="/api/posts/export"
              importPath={editable ? "/api/posts/import" : undefined}
              query={{ ...filter }}
              columnName={(key) => t(`staff:columns.${key}`, { defaultValue: key })}
              onImported={refresh}
            />
            {editable ? (
              <Tooltip title={t("staff:newKey")}>
                <Button type="primary" onClick={makeNew}>
                  {t("staff:posts.new")}
                </Button>
              </Tooltip>
            ) : null}
          </>
        }
      />
      <div className={styles["filters"]}>
        <Chips
          label={t("staff:postClass")}
          value={filter.class ?? "all"}
          chips={[{ value: "all", label: t("common:all") }, ...POST_CLASSES.map((value) => ({ value, label: t(`staff:classes.${value}`) }))]}
          onChange={(value) => {
            onFilter({ ...filter, class: value === "all" ? undefined : value });
          }}
        />
        <Chips
          label={t("staff:posts.review")}
          value={filter.due ? "due" : "all"}
          chips={[
            { value: "all", label: t("common:all") },
            { value: "due", label: t("staff:posts.due") },
          ]}
          onChange={(value) => {
            onFilter({ ...filter, due: value === "due" ? true : undefined });
          }}
        />
      </div>
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="posts"
            positionKey={`posts ${JSON.stringify(filter)}`}
            label={t("staff:posts.title")}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            openKey={openId}
            onOpen={onOpen}
            onNearEnd={loadMore}
            footer={list.error ? <ErrorNote what={t("staff:moreFailed")} error={list.error} onRetry={retry} /> : t("common:endOfList", { count: rows.length })}
          />
        ) : (
          <div className={styles["blank"]}>
            {list.error ? (
              <ErrorNote what={t("staff:posts.loadFailed")} error={list.error} onRetry={retry} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
            ) : (
              <EmptyState
                title={t(narrowed ? "staff:posts.nothingMatches" : "staff:posts.empty")}
                action={
                  narrowed ? (
                    <Button
                      onClick={() => {
                        onFilter({});
                      }}
                    >
                      {t("staff:showAll")}
                    </Button>
                  ) : null
                }
              >
                {t("staff:posts.emptyHint")}
              </EmptyState>
            )}
          </div>
        )}
        {openId !== null ? (
          <PostPane
            id={openId}
            post={open}
            onClose={() => {
              onOpen(null);
            }}
          />
        ) : null}
      </div>
      <PostDrawer
        open={making}
        post={null}
        onClose={() => {
          setMaking(false);
        }}
        onSaved={(id) => {
          refresh();
          onOpen(id);
        }}
      />
    </div>
  );
}
