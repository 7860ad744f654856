import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Skeleton, Tooltip } from "antd";
import { useRef, useState } from "react";
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
import { dutyRulesKey } from "../api/duty-rules";
import { rolesKey, rolesQuery, type Role } from "../api/list-roles";
import { DutyRules } from "./duty-rules";
import { useRoleColumns } from "./role-columns";
import { RoleDrawer, type Editing } from "./role-drawer";
import { RolePane } from "./role-pane";
import styles from "./roles.module.css";

export interface RolesFilter {
  tab?: "roles" | "rules";
  q?: string;
}

interface Props {
  filter: RolesFilter;
  onFilter: (filter: RolesFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

function matches(role: Role, words: string): boolean {
  const wanted = words.trim().toLowerCase();
  return [role.code, role.name_zh, role.name_en, role.note].some((text) => text.toLowerCase().includes(wanted));
}

/** Roles with what they allow and who has them, and the rules of segregation of duties. */
export function RolesView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation("roles");
  const { can, national } = useSession();
  const client = useQueryClient();
  const query = useQuery(rolesQuery());
  const columns = useRoleColumns();
  const [editing, setEditing] = useState<Editing | null>(null);
  const search = useRef<HTMLSpanElement>(null);
  useLiveTopic("roles.changed", () => void client.invalidateQueries({ queryKey: rolesKey }));
  useLiveTopic("accounts.changed", () => void client.invalidateQueries({ queryKey: rolesKey }));
  useLiveTopic("duty-rules.changed", () => void client.invalidateQueries({ queryKey: dutyRulesKey }));

  const tab = filter.tab ?? "roles";
  const editor = can("identity.role.edit") && national && tab === "roles";
  const create = () => {
    setEditing({});
  };
  useShortcut({ id: "roles.new", keys: "n", label: t("create"), group: "page", enabled: editor, run: create });
  useShortcut({
    id: "roles.search",
    keys: "/",
    label: t("search"),
    group: "page",
    enabled: tab === "roles",
    run: () => search.current?.querySelector("input")?.focus(),
  });

  const all = query.data ?? [];
  const rows = filter.q === undefined ? all : all.filter((role) => matches(role, filter.q ?? ""));
  const actions =
    tab === "rules" ? (
      <ExcelMenu
        exportPath="/api/duty-rules/export"
        importPath={can("identity.duty.edit") && national ? "/api/duty-rules/import" : undefined}
        columnName={(key) => t(`ruleColumns.${key}`, { defaultValue: key })}
        onImported={() => void client.invalidateQueries({ queryKey: dutyRulesKey })}
      />
    ) : (
      <>
        <ExcelMenu
          exportPath="/api/roles/export"
          importPath={editor ? "/api/roles/import" : undefined}
          columnName={(key) => t(`columns.${key}`, { defaultValue: key })}
          onImported={() => void client.invalidateQueries({ queryKey: rolesKey })}
        />
        {editor ? (
          <Tooltip title={t("createKey")}>
            <Button type="primary" onClick={create}>
              {t("create")}
            </Button>
          </Tooltip>
        ) : null}
      </>
    );

  return (
    <div className={styles["page"]}>
      <PageHeader title={t("title")} note={t("pageNote")} actions={actions} help="identity.roles" />
      <div className={styles["filters"]}>
        <Chips
          label={t("show")}
          value={tab}
          chips={[
            { value: "roles", label: t("tabs.roles") },
            { value: "rules", label: t("tabs.rules") },
          ]}
          onChange={(value) => {
            onFilter({ ...filter, tab: value === "roles" ? undefined : value });
          }}
        />
        {tab === "roles" ? (
          <span ref={search} className={styles["search"]}>
            <Input.Search
              key={filter.q ?? ""}
              size="small"
              allowClear
              defaultValue={filter.q}
              maxLength={100}
              aria-label={t("search")}
              placeholder={t("search")}
              onSearch={(q) => {
                onFilter({ ...filter, q: q.trim() || undefined });
              }}
            />
          </span>
        ) : null}
      </div>
      {tab === "rules" ? (
        <DutyRules />
      ) : (
        <div className={styles["split"]}>
          {rows.length > 0 ? (
            <DataTable
              id="roles"
              positionKey={`roles ${filter.q ?? ""}`}
              label={t("title")}
              columns={columns}
              rows={rows}
              rowKey={(row) => row.id}
              openKey={openId}
              onOpen={onOpen}
            />
          ) : (
            <div className={styles["blank"]}>
              {query.error ? (
                <ErrorNote what={t("loadFailed")} error={query.error} onRetry={() => void query.refetch()} />
              ) : query.isPending ? (
                <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
              ) : (
                <EmptyState
                  title={t("nothingMatches")}
                  action={
                    <Button
                      onClick={() => {
                        onFilter({});
                      }}
                    >
                      {t("showAll")}
                    </Button>
                  }
                >
                  {t("nothingMatchesHint")}
                </EmptyState>
              )}
            </div>
          )}
          {openId !== null && !query.isPending ? (
            <RolePane
              role={all.find((role) => role.id === openId)}
              onClose={() => {
                onOpen(null);
              }}
              onEdit={(role) => {
                setEditing({ role });
              }}
              onCopy={(from) => {
                setEditing({ from });
              }}
            />
          ) : null}
        </div>
      )}
      <RoleDrawer
        editing={editing}
        onClose={() => {
          setEditing(null);
        }}
        onSaved={onOpen}
      />
    </div>
  );
}
