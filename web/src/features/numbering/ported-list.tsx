import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Skeleton } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { DetailsList } from "@/components/details-list";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { ReasonDialog } from "@/components/reason-dialog";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { usePlaceText } from "./api/codes";
import { portedKey, portedQuery, useDeletePorted, type Ported } from "./api/ported";
import { FormDrawer } from "./form-drawer";
import styles from "./numbering.module.css";
import { PortedForm } from "./ported-form";

/** Single numbers that are unlike their segment. */
export function PortedList({ openId, onOpen }: { openId: string | null; onOpen: (id: string | null) => void }) {
  const { t } = useTranslation(["numbering", "common"]);
  const { can } = useSession();
  const client = useQueryClient();
  const placeText = usePlaceText();
  const [begin, setBegin] = useState("");
  const [editing, setEditing] = useState<{ entry?: Ported } | null>(null);
  const [removing, setRemoving] = useState<Ported | null>(null);
  const list = useInfiniteQuery(portedQuery(begin));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const remove = useDeletePorted();
  const refresh = () => void client.invalidateQueries({ queryKey: portedKey });
  useLiveTopic("ported-numbers.changed", refresh);
  const editor = can("numbering.ported.edit");
  const columns: Column<Ported>[] = [
    { key: "number", title: t("numbering:mobileNumber"), width: 150, render: (row) => <span className="figures">{row.number}</span> },
    { key: "operator", title: t("numbering:operator"), render: (row) => [row.operator, row.brand, row.product_line].filter(Boolean).join(" · ") },
    { key: "place", title: t("numbering:home"), width: 160, inDetails: true, render: (row) => placeText(row.province, row.city) || t("numbering:asSegment") },
    { key: "from", title: t("numbering:validFrom"), width: 130, render: (row) => <TimeText value={row.valid_from} /> },
    { key: "until", title: t("numbering:validUntil"), width: 130, inDetails: true, render: (row) => (row.valid_until ? <TimeText value={row.valid_until} /> : "") },
    { key: "by", title: t("numbering:updatedBy"), width: 140, inDetails: true, render: (row) => row.updated_by },
  ];
  const open = rows.find((row) => row.id === openId);
  const addButton = editor ? (
    <Button
      type="primary"
      size="small"
      onClick={() => {
        setEditing({});
      }}
    >
      {t("numbering:addPorted")}
    </Button>
  ) : null;
  return (
    <>
      <div className={styles["filters"]}>
        <Input.Search
          size="small"
          allowClear
          style={{ width: 220 }}
          maxLength={32}
          aria-label={t("numbering:beginDigits")}
          placeholder={t("numbering:beginDigits")}
          onSearch={(text) => {
            setBegin(text.trim());
          }}
        />
        {can("numbering.ported.export") ? (
          <ExcelMenu
            exportPath="/api/ported-numbers/export"
            importPath={editor ? "/api/ported-numbers/import" : undefined}
            query={{ begin }}
            onImported={refresh}
          />
        ) : null}
        {addButton}
      </div>
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="ported-numbers"
            positionKey={`ported ${begin}`}
            label={t("numbering:ported")}
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
              <ErrorNote what={t("numbering:portedFailed")} error={list.error} onRetry={() => void list.refetch()} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
            ) : (
              <EmptyState title={t(begin === "" ? "numbering:portedEmpty" : "numbering:nothingMatches")} action={begin === "" ? addButton : null}>
                {t(begin === "" ? "numbering:portedEmptyHint" : "numbering:nothingMatchesHint")}
              </EmptyState>
            )}
          </div>
        )}
        {openId !== null && open ? (
          <SidePane
            title={open.number}
            label={t("numbering:portedDetails")}
            onClose={() => {
              onOpen(null);
            }}
            actions={
              editor ? (
                <>
                  <Button
                    size="small"
                    onClick={() => {
                      setRemoving(open);
                    }}
                  >
                    {t("numbering:removePorted")}
                  </Button>
                  <Button
                    size="small"
                    type="primary"
                    onClick={() => {
                      setEditing({ entry: open });
                    }}
                  >
                    {t("numbering:edit")}
                  </Button>
                </>
              ) : null
            }
          >
            <DetailsList
              items={[
                { name: t("numbering:operator"), value: open.operator },
                { name: t("numbering:brand"), value: open.brand },
                { name: t("numbering:productLine"), value: open.product_line },
                { name: t("numbering:home"), value: placeText(open.province, open.city) || t("numbering:asSegment") },
                { name: t("numbering:validFrom"), value: <TimeText value={open.valid_from} full /> },
                { name: t("numbering:validUntil"), value: open.valid_until ? <TimeText value={open.valid_until} full /> : "" },
                { name: t("numbering:updated"), value: <><TimeText value={open.updated_at} full /> {open.updated_by}</> },
              ]}
            />
          </SidePane>
        ) : null}
      </div>
      <FormDrawer
        open={editing !== null}
        title={t(editing?.entry ? "numbering:editPorted" : "numbering:addPorted")}
        submit={t("numbering:save")}
        onClose={() => {
          setEditing(null);
        }}
      >
        {(id, onBusy) => (
          <PortedForm
            id={id}
            entry={editing?.entry}
            onBusy={onBusy}
            onSaved={() => {
              setEditing(null);
            }}
          />
        )}
      </FormDrawer>
      <ReasonDialog
        open={removing !== null}
        title={t("numbering:removePorted")}
        consequence={t("numbering:removeConsequence", { number: removing?.number ?? "" })}
        reasonRequired={false}
        danger
        onConfirm={async () => {
          if (removing) await remove.mutateAsync(removing);
          onOpen(null);
        }}
        onClose={() => {
          setRemoving(null);
        }}
      />
    </>
  );
}
