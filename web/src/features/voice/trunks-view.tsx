import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { groupsKey, trunksKey, trunksQuery, type Trunk, type TrunkDetail, type TrunkFilter } from "./api/trunks";
import { EditableList } from "./editable-list";
import { GroupsDrawer } from "./groups-drawer";
import { TrunkForm } from "./trunk-form";
import { TrunkPane } from "./trunk-pane";
import { TrunkState } from "./trunk-state";

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
  const [grouping, setGrouping] = useState(false);
  useLiveTopic("trunks.changed", () => {
    void client.invalidateQueries({ queryKey: trunksKey });
    void client.invalidateQueries({ queryKey: groupsKey });
  });
  const editor = can("voice.trunk.edit");
  return (
    <>
      <EditableList<Trunk, TrunkFilter, TrunkDetail>
        id="trunks"
        header={(add) => (
          <PageHeader
            title={t("trunks.title")}
            note={t("trunks.note")}
            help="voice.trunk"
            actions={
              <>
                <SavedViews page="voice.trunk" value={filter} onApply={onFilter} />
                <ExcelMenu exportPath="/api/trunks/export" query={{ ...filter }} />
                <Button
                  onClick={() => {
                    setGrouping(true);
                  }}
                >
                  {t("trunks.manageGroups")}
                </Button>
                {add}
              </>
            }
          />
        )}
        words={{
          table: t("trunks.title"), search: t("trunks.search"), add: t("trunks.add"), addKey: t("trunks.addKey"),
          empty: t("trunks.empty"), emptyHint: t("trunks.emptyHint"),
        }}
        list={list}
        rows={rows}
        columns={columns}
        filter={filter}
        onFilter={onFilter}
        openId={openId}
        onOpen={onOpen}
        editor={editor}
        formTitle={(entry) => t("trunks.editTitle", { name: entry.name })}
        form={(form) => <TrunkForm {...form} />}
        pane={(id, onClose, onEdit) => <TrunkPane key={id} id={id} onClose={onClose} onEdit={onEdit} />}
      />
      <GroupsDrawer
        open={grouping}
        editor={editor}
        onClose={() => {
          setGrouping(false);
        }}
      />
    </>
  );
}
