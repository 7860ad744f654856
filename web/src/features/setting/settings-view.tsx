import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Input, Skeleton } from "antd";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { Chips } from "@/components/chips";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { settingsKey, settingsQuery, type Setting } from "./api/settings";
import { SettingDrawer } from "./setting-form";
import { SettingPane } from "./setting-pane";
import styles from "./setting.module.css";
import { useSettingColumns } from "./setting-columns";
import { useSettingWords } from "./use-setting-words";

export interface SettingsFilter {
  centre?: string;
  group?: string;
  q?: string;
}

interface Props {
  filter: SettingsFilter;
  onFilter: (filter: SettingsFilter) => void;
  openKey: string | null;
  onOpen: (key: string | null) => void;
}

/** The settings as they stand at a centre, with their source, locks and open requests. */
export function SettingsView({ filter, onFilter, openKey, onOpen }: Props) {
  const { t } = useTranslation(["setting", "common"]);
  const { can, person } = useSession();
  const { message } = App.useApp();
  const client = useQueryClient();
  const words = useSettingWords();
  const list = useQuery(settingsQuery(filter.centre));
  const [editing, setEditing] = useState<Setting | null>(null);
  const search = useRef<HTMLSpanElement>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: settingsKey });
  useLiveTopic("settings.changed", refresh);
  useLiveTopic("approvals.changed", refresh);
  useShortcut({ id: "settings.search", keys: "/", label: t("setting:search"), group: "page", run: () => search.current?.querySelector("input")?.focus() });

  const all = list.data ?? [];
  const groups = useMemo(() => [...new Map((list.data ?? []).map((row) => [row.group.key, row])).values()], [list.data]);
  const wanted = filter.q?.trim().toLowerCase() ?? "";
  const rows = all.filter(
    (row) =>
      (filter.group === undefined || row.group.key === filter.group) &&
      [row.key, row.zh, row.en, row.help_zh, row.help_en].some((text) => text.toLowerCase().includes(wanted)),
  );
  const open = all.find((row) => row.key === openKey);
  const columns = useSettingColumns();
  const saved = (request: string | null) => {
    setEditing(null);
    void message.success(t(request === null ? "setting:saved" : "setting:asked"));
  };

  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("setting:pageTitle")}
        note={t("setting:pageNote")}
        help="setting.value"
        actions={<ExcelMenu exportPath="/api/settings/export" importPath={can("setting.value.edit") ? "/api/settings/import" : undefined} query={{ centre: filter.centre }} onImported={refresh} />}
      />
      <div className={styles["filters"]}>
        <div className={styles["centre"]}>
          <CentrePicker
            label={t("setting:centre")}
            value={filter.centre ?? list.data?.[0]?.centre.id ?? person.centre.id}
            onChange={(centre) => {
              onFilter({ ...filter, centre: centre ?? undefined });
            }}
          />
        </div>
        <span ref={search}>
          <Input.Search
            key={filter.q ?? ""}
            size="small"
            allowClear
            defaultValue={filter.q}
            maxLength={100}
            aria-label={t("setting:search")}
            placeholder={t("setting:search")}
            onSearch={(q) => {
              onFilter({ ...filter, q: q.trim() || undefined });
            }}
          />
        </span>
        <Chips
          label={t("setting:group")}
          value={filter.group ?? ""}
          chips={[{ value: "", label: t("common:all") }, ...groups.map((row) => ({ value: row.group.key, label: words.groupOf(row) }))]}
          onChange={(group) => {
            onFilter({ ...filter, group: group || undefined });
          }}
        />
      </div>
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable id="settings" positionKey={`settings ${JSON.stringify(filter)}`} label={t("setting:pageTitle")} columns={columns} rows={rows} rowKey={(row) => row.key} openKey={open ? openKey : null} onOpen={onOpen} />
        ) : (
          <div className={styles["blank"]}>
            {list.error ? (
              <ErrorNote what={t("setting:loadFailed")} error={list.error} onRetry={() => void list.refetch()} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
            ) : (
              <EmptyState title={t("setting:nothingMatches")}>{t("setting:nothingMatchesHint")}</EmptyState>
            )}
          </div>
        )}
        {open ? (
          <SettingPane
            key={`${open.key} ${open.centre.id}`}
            setting={open}
            editable={can("setting.value.edit")}
            onEdit={() => {
              setEditing(open);
            }}
            onClose={() => {
              onOpen(null);
            }}
            onSaved={saved}
          />
        ) : null}
      </div>
      {editing ? (
        <SettingDrawer
          setting={editing}
          onClose={() => {
            setEditing(null);
          }}
          onSaved={saved}
        />
      ) : null}
    </div>
  );
}
