import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Skeleton } from "antd";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { codesKey, itemsQuery, type CodeItem, type CodeTable } from "./api/codes";
import { CodeDrawer } from "./code-drawer";
import { CodePane } from "./code-pane";
import styles from "./organization.module.css";
import { VersionsPane } from "./versions-pane";

interface Props {
  table: CodeTable;
  version: number | undefined;
  onVersion: (version: number | undefined) => void;
  onEdit: () => void;
}

/** The codes of one table in one version. */
export function CodeTablePanel({ table, version, onVersion, onEdit }: Props) {
  const { t } = useTranslation(["organization", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const [find, setFind] = useState("");
  const wanted = useDeferredValue(find.trim());
  const list = useInfiniteQuery(itemsQuery(table.code, version, wanted));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const [open, setOpen] = useState<string | null>(null);
  const [history, setHistory] = useState(false);
  const [form, setForm] = useState<{ item: CodeItem | null } | null>(null);
  const newest = version === undefined || version === table.version;
  const editable = can("organization.code.edit") && newest;
  const extras = [...new Set(rows.flatMap((row) => Object.keys(row.extra ?? {})))].sort();
  useShortcut({ id: "codes.add", keys: "a", label: t("organization:codes.add"), group: "page", enabled: editable, run: () => { setForm({ item: null }); } });
  useShortcut({ id: "codes.history", keys: "v", label: t("organization:codes.versions"), group: "page", run: () => { setHistory(true); } });
  const extraName = (name: string) => t(`organization:extras.${name}`, { defaultValue: name });

  const columns: Column<CodeItem>[] = [
    { key: "code", title: t("organization:itemColumns.code"), width: 116, render: (row) => row.code },
    { key: "zh", title: t("organization:itemColumns.zh"), width: 170, render: (row) => <span title={row.zh}>{row.zh}</span> },
    { key: "en", title: t("organization:itemColumns.en"), render: (row) => row.en ?? "" },
    { key: "parent", title: t("organization:itemColumns.parent"), width: 100, inDetails: true, render: (row) => row.parent ?? "" },
    ...extras.map((name) => ({ key: name, title: extraName(name), width: 100, render: (row: CodeItem) => row.extra?.[name] ?? "" })),
    { key: "initials", title: t("organization:itemColumns.initials"), width: 100, inDetails: true, render: (row) => row.initials ?? "" },
  ];

  return (
    <div className={styles["body"]}>
      <div className={styles["bar"]}>
        <Input.Search
          style={{ width: 220 }}
          allowClear
          value={find}
          aria-label={t("organization:codes.find")}
          placeholder={t("organization:codes.find")}
          onChange={(event) => {
            setFind(event.target.value);
          }}
        />
        <span className={styles["muted"]}>
          {t("organization:codes.ownerOf", { owner: table.owner, version: version ?? table.version })}
        </span>
        {newest ? null : (
          <Button
            size="small"
            onClick={() => {
              onVersion(undefined);
            }}
          >
            {t("organization:codes.toNewest")}
          </Button>
        )}
        <div className={styles["end"]}>
          <Button
            onClick={() => {
              setOpen(null);
              setHistory(true);
            }}
          >
            {t("organization:codes.versions")}
          </Button>
          <ExcelMenu
            exportPath={`/api/code-tables/${table.code}/export`}
            importPath={editable ? `/api/code-tables/${table.code}/import` : undefined}
            query={{ version }}
            columnName={(key) => t(`organization:itemColumns.${key}`, { defaultValue: extraName(key.replace(/^extra_/, "")) })}
            onImported={() => void client.invalidateQueries({ queryKey: codesKey })}
          />
          {can("organization.code.edit") ? <Button onClick={onEdit}>{t("organization:codes.editTable")}</Button> : null}
          {editable ? (
            <Button
              type="primary"
              onClick={() => {
                setForm({ item: null });
              }}
            >
              {t("organization:codes.add")}
            </Button>
          ) : null}
        </div>
      </div>
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id={`codes-${table.code}`}
            positionKey={`codes ${table.code} ${version ?? 0} ${wanted}`}
            label={t("organization:codes.title")}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.code}
            openKey={history ? "" : open}
            onOpen={(code) => {
              setHistory(false);
              setOpen(code);
            }}
            onNearEnd={() => {
              if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
            }}
            footer={list.hasNextPage ? t("common:loadingMore") : t("common:endOfList", { count: rows.length })}
          />
        ) : (
          <div className={styles["blank"]}>
            {list.error ? (
              <ErrorNote what={t("organization:codes.loadFailed")} error={list.error} onRetry={() => void list.refetch()} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
            ) : (
              <EmptyState title={t(wanted ? "organization:codes.noMatch" : "organization:codes.empty")}>
                {t(wanted ? "organization:codes.noMatchHint" : "organization:codes.emptyHint")}
              </EmptyState>
            )}
          </div>
        )}
        {history ? (
          <VersionsPane
            table={table}
            shown={version ?? table.version}
            onShow={(next) => {
              onVersion(next === table.version ? undefined : next);
            }}
            onClose={() => {
              setHistory(false);
            }}
          />
        ) : open !== null ? (
          <CodePane
            item={rows.find((row) => row.code === open)}
            extraName={extraName}
            onEdit={
              editable
                ? (item) => {
                    setForm({ item });
                  }
                : undefined
            }
            onClose={() => {
              setOpen(null);
            }}
          />
        ) : null}
      </div>
      <CodeDrawer
        open={form !== null}
        table={table}
        item={form?.item ?? null}
        extras={extras}
        extraName={extraName}
        onClose={() => {
          setForm(null);
        }}
        onPublished={() => void client.invalidateQueries({ queryKey: codesKey })}
      />
    </div>
  );
}
