import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Select, Skeleton, Tooltip } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { areasKey, areasQuery, SELECTORS, type Area, type AreaFilter, type Selector } from "./api/areas";
import { AreaDrawer } from "./area-drawer";
import { AreaPane } from "./area-pane";
import { OverlapMark } from "./area-words";
import { CodeSelect } from "./code-select";
import { ExplainBox } from "./explain-box";
import styles from "./organization.module.css";
import { useAreaWords } from "./use-area-words";

interface Props {
  filter: AreaFilter;
  onFilter: (filter: AreaFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** Which centre serves which service for whom, and a box that answers it for one caller. */
export function AreasView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation(["organization", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const list = useInfiniteQuery(areasQuery(filter));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const [form, setForm] = useState<{ area: Area | null } | null>(null);
  const words = useAreaWords();
  const refresh = () => void client.invalidateQueries({ queryKey: areasKey });
  useLiveTopic("service-areas.changed", refresh);
  const editable = can("organization.area.edit");
  const add = () => {
    setForm({ area: null });
  };
  useShortcut({ id: "areas.new", keys: "n", label: t("organization:areas.new"), group: "page", enabled: editable, run: add });
  const filtered = filter.centre !== undefined || filter.service !== undefined || filter.selector !== undefined;
  const loadMore = () => {
    if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
  };
  const retry = () => void (list.data ? list.fetchNextPage() : list.refetch());

  const columns: Column<Area>[] = [
    { key: "service", title: t("organization:areaColumns.service"), width: 130, render: (row) => words.service(row.service) },
    { key: "selector", title: t("organization:areaColumns.selector"), width: 130, render: (row) => t(`organization:selectors.${row.selector}`) },
    {
      key: "value",
      title: t("organization:areaColumns.value"),
      width: 240,
      render: (row) => <span title={words.value(row)}>{words.value(row)}</span>,
    },
    {
      key: "centre",
      title: t("organization:areaColumns.centre"),
      render: (row) => <span title={row.centre_name}>{row.centre_name}</span>,
    },
    { key: "problem", title: t("organization:areas.problem"), width: 110, render: (row) => <OverlapMark area={row} /> },
    { key: "validity", title: t("organization:areas.validity"), width: 220, inDetails: true, render: words.validity },
  ];

  const addButton = editable ? (
    <Tooltip title={t("organization:areas.newKey")}>
      <Button type="primary" onClick={add}>
        {t("organization:areas.new")}
      </Button>
    </Tooltip>
  ) : null;

  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("organization:areas.title")}
        note={t("organization:areas.note")}
        help="organization.area"
        actions={
          <>
            <ExcelMenu
              exportPath="/api/service-areas/export"
              importPath={editable ? "/api/service-areas/import" : undefined}
              query={{ centre_id: filter.centre, service: filter.service, selector: filter.selector, ended: filter.ended }}
              columnName={(key) => t(`organization:areaColumns.${key}`, { defaultValue: key })}
              onImported={refresh}
            />
            {addButton}
          </>
        }
      />
      <ExplainBox />
      <div className={styles["filters"]}>
        <div className={styles["narrow"]}>
          <CodeSelect
            table="service"
            allowClear
            label={t("organization:areaColumns.service")}
            placeholder={t("organization:areaColumns.service")}
            value={filter.service}
            onChange={(service) => {
              onFilter({ ...filter, service: service || undefined });
            }}
          />
        </div>
        <Select<Selector>
          className={styles["narrow"]}
          allowClear
          aria-label={t("organization:areaColumns.selector")}
          placeholder={t("organization:areaColumns.selector")}
          value={filter.selector}
          options={SELECTORS.map((value) => ({ value, label: t(`organization:selectors.${value}`) }))}
          onChange={(selector: Selector | undefined) => {
            onFilter({ ...filter, selector });
          }}
        />
        <div className={styles["narrow"]}>
          <CentrePicker
            allowClear
            closed
            label={t("organization:areaColumns.centre")}
            placeholder={t("organization:areaColumns.centre")}
            value={filter.centre ?? null}
            onChange={(centre) => {
              onFilter({ ...filter, centre: centre ?? undefined });
            }}
          />
        </div>
        <Checkbox
          checked={filter.ended ?? false}
          onChange={(event) => {
            onFilter({ ...filter, ended: event.target.checked || undefined });
          }}
        >
          {t("organization:areas.ended")}
        </Checkbox>
        <SavedViews page="organization.area" value={filter} onApply={onFilter} />
      </div>
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="areas"
            positionKey={`areas ${JSON.stringify(filter)}`}
            label={t("organization:areas.title")}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            openKey={openId}
            onOpen={onOpen}
            onNearEnd={loadMore}
            footer={
              list.error ? (
                <ErrorNote what={t("organization:areas.loadFailed")} error={list.error} onRetry={retry} />
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
              <ErrorNote what={t("organization:areas.loadFailed")} error={list.error} onRetry={retry} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 6, width: "100%" }} />
            ) : filtered ? (
              <EmptyState
                title={t("organization:areas.noMatch")}
                action={
                  <Button
                    onClick={() => {
                      onFilter({});
                    }}
                  >
                    {t("organization:showAll")}
                  </Button>
                }
              >
                {t("organization:areas.noMatchHint")}
              </EmptyState>
            ) : (
              <EmptyState title={t("organization:areas.empty")} action={addButton}>
                {t("organization:areas.emptyHint")}
              </EmptyState>
            )}
          </div>
        )}
        {openId !== null ? (
          <AreaPane
            area={rows.find((row) => row.id === openId)}
            onEdit={(area) => {
              setForm({ area });
            }}
            onChanged={refresh}
            onClose={() => {
              onOpen(null);
            }}
          />
        ) : null}
      </div>
      <AreaDrawer
        open={form !== null}
        area={form?.area ?? null}
        centre={filter.centre}
        service={filter.service}
        onClose={() => {
          setForm(null);
        }}
        onSaved={(id) => {
          refresh();
          onOpen(id);
        }}
      />
    </div>
  );
}
