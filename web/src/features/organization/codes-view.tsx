import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Skeleton, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useLanguage } from "@/lib/i18n/hooks";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { codesKey, tablesQuery, type CodeTable } from "./api/codes";
import { CodeTablePanel } from "./code-table-panel";
import styles from "./organization.module.css";
import { TableDrawer } from "./table-drawer";

interface Props {
  table: string | null;
  onTable: (code: string) => void;
  /** undefined: the newest version. */
  version: number | undefined;
  onVersion: (version: number | undefined) => void;
}

export function useTableName(): (table: CodeTable) => string {
  const language = useLanguage();
  return (table) => (language === "en" ? table.name_en : table.name_zh);
}

/** Code tables: at the left which there are, at the right what the chosen one says, version by version. */
export function CodesView({ table, onTable, version, onVersion }: Props) {
  const { t } = useTranslation("organization");
  const { can } = useSession();
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery(tablesQuery);
  const [form, setForm] = useState<{ table: CodeTable | null } | null>(null);
  const nameOf = useTableName();
  const refresh = () => void client.invalidateQueries({ queryKey: codesKey });
  useLiveTopic("code-tables.changed", refresh);
  const editable = can("organization.code.edit");
  const add = () => {
    setForm({ table: null });
  };
  useShortcut({ id: "codes.new", keys: "n", label: t("codes.new"), group: "page", enabled: editable, run: add });
  const tables = data ?? [];
  const chosen = tables.find(({ code }) => code === table) ?? tables[0];

  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("codes.title")}
        note={t("codes.note")}
        help="organization.code"
        actions={
          <>
            <ExcelMenu exportPath="/api/code-tables/export" />
            {editable ? (
              <Tooltip title={t("codes.newKey")}>
                <Button onClick={add}>{t("codes.new")}</Button>
              </Tooltip>
            ) : null}
          </>
        }
      />
      <div className={styles["split"]}>
        {chosen ? (
          <>
            <nav className={`${styles["side"]} ${styles["few"]}`} aria-label={t("codes.tables")}>
              <ul className={styles["tables"]}>
                {tables.map((entry) => (
                  <li key={entry.code}>
                    <button
                      type="button"
                      className={styles["table"]}
                      aria-current={entry === chosen}
                      onClick={() => {
                        onTable(entry.code);
                      }}
                    >
                      <span>{nameOf(entry)}</span>
                      <small>{t("codes.summary", { code: entry.code, version: entry.version, items: entry.items })}</small>
                    </button>
                  </li>
                ))}
              </ul>
            </nav>
            <CodeTablePanel
              key={chosen.code}
              table={chosen}
              version={version}
              onVersion={onVersion}
              onEdit={() => {
                setForm({ table: chosen });
              }}
            />
          </>
        ) : (
          <div className={styles["blank"]}>
            {error ? (
              <ErrorNote what={t("codes.loadFailed")} error={error} onRetry={() => void refetch()} />
            ) : isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
            ) : null}
          </div>
        )}
      </div>
      <TableDrawer
        open={form !== null}
        table={form?.table ?? null}
        onClose={() => {
          setForm(null);
        }}
        onSaved={(code) => {
          refresh();
          onTable(code);
        }}
      />
    </div>
  );
}
