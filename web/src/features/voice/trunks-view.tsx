import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Tooltip } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { groupsKey, trunksKey, trunksQuery, type Trunk, type TrunkDetail, type TrunkFilter } from "./api/trunks";
import { FormDrawer } from "./form-drawer";
import { GroupsDrawer } from "./groups-drawer";
import { ListFrame, SearchField } from "./list-frame";
import { TrunkForm } from "./trunk-form";
import { TrunkPane } from "./trunk-pane";
import { TrunkState } from "./trunk-state";
import styles from "./voice.module.css";

function useTrunkColumns(): Column<Trunk>[] {
  const { t } = useTranslation("voice");
  return [
    { key: "name", title: t("name"), render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "state", title: t("state"), width: 190, render: (row) => <TrunkState state={row.health.state} /> },
    { key: "calls", title: t("trunks.calls"), width: 120, align: "end", render: (row) => <span className="figures">{`${row.health.calls} / ${row.max_calls === 0 ? t("trunks.noLimit") : row.max_calls}`}</span> },
    { key: "group", title: t("trunks.group"), width: 130, inDetails: true, render: (row) => row.group },
    { key: "hosts", title: t("trunks.hosts"), width: 220, inDetails: true, render: (row) => <span title={row.hosts.join(", ")}>{`${row.transport.toUpperCase()} ${row.hosts.join(", ")}`}</span> },
    { key: "order", title: t("trunks.priority"), width: 90, align: "end", inDetails: true, render: (row) => <span className="figures">{row.priority}</span> },
    { key: "weight", title: t("trunks.weight"), width: 90, align: "end", inDetails: true, render: (row) => <span className="figures">{row.weight}</span> },
  ];
}

interface Props {
  filter: TrunkFilter;
  onFilter: (filter: TrunkFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** Trunks with how they are now, and the groups they belong to. */
export function TrunksView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation("voice");
  const { can } = useSession();
  const client = useQueryClient();
  const list = useInfiniteQuery(trunksQuery(filter));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = useTrunkColumns();
  const [editing, setEditing] = useState<{ entry?: TrunkDetail } | null>(null);
  const [grouping, setGrouping] = useState(false);
  useLiveTopic("trunks.changed", () => {
    void client.invalidateQueries({ queryKey: trunksKey });
    void client.invalidateQueries({ queryKey: groupsKey });
  });
  const editor = can("voice.trunk.edit");
  const add = () => {
    setEditing({});
  };
  useShortcut({ id: "trunks.new", keys: "n", label: t("trunks.add"), group: "page", enabled: editor, run: add });
  const addButton = editor ? (
    <Tooltip title={t("trunks.addKey")}>
      <Button type="primary" onClick={add}>
        {t("trunks.add")}
      </Button>
    </Tooltip>
  ) : null;
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("trunks.title")}
        note={t("trunks.note")}
        help="voice.trunk"
        actions={
          <>
            <ExcelMenu exportPath="/api/trunks/export" query={{ ...filter }} />
            <Button
              onClick={() => {
                setGrouping(true);
              }}
            >
              {t("trunks.manageGroups")}
            </Button>
            {addButton}
          </>
        }
      />
      <div className={styles["filters"]}>
        <SearchField
          page="trunks"
          label={t("trunks.search")}
          value={filter.q}
          onSearch={(q) => {
            onFilter({ q });
          }}
        />
      </div>
      <ListFrame
        id="trunks"
        label={t("trunks.title")}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        positionKey={`trunks ${JSON.stringify(filter)}`}
        pages={list}
        openId={openId}
        onOpen={onOpen}
        filtered={filter.q !== undefined}
        onClear={() => {
          onFilter({});
        }}
        empty={
          <EmptyState title={t("trunks.empty")} action={addButton}>
            {t("trunks.emptyHint")}
          </EmptyState>
        }
        pane={
          openId === null ? null : (
            <TrunkPane
              key={openId}
              id={openId}
              onClose={() => {
                onOpen(null);
              }}
              onEdit={(entry) => {
                setEditing({ entry });
              }}
            />
          )
        }
      />
      <FormDrawer
        open={editing !== null}
        title={editing?.entry ? t("trunks.editTitle", { name: editing.entry.name }) : t("trunks.add")}
        submit={t("save")}
        onClose={() => {
          setEditing(null);
        }}
      >
        {(id, onBusy) => (
          <TrunkForm
            id={id}
            entry={editing?.entry}
            onBusy={onBusy}
            onSaved={(saved) => {
              setEditing(null);
              onOpen(saved);
            }}
          />
        )}
      </FormDrawer>
      <GroupsDrawer
        open={grouping}
        editor={editor}
        onClose={() => {
          setGrouping(false);
        }}
      />
    </div>
  );
}
