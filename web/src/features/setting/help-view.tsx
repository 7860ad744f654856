import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { TimeText } from "@/components/time-text";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { helpTextsKey, helpTextsQuery, type HelpText } from "./api/help";
import { HelpEditor } from "./help-editor";
import styles from "./setting.module.css";

interface Props {
  centre: string | undefined;
  onCentre: (centre: string | undefined) => void;
}

/** What a centre adds to the help of pages and fields. */
export function HelpView({ centre, onCentre }: Props) {
  const { t } = useTranslation(["setting", "common"]);
  const { person } = useSession();
  const { message } = App.useApp();
  const client = useQueryClient();
  const list = useQuery(helpTextsQuery(centre));
  const [editing, setEditing] = useState<HelpText | "new" | null>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: helpTextsKey });
  useLiveTopic("help.changed", refresh);
  const add = () => {
    setEditing("new");
  };
  useShortcut({ id: "help.new", keys: "n", label: t("setting:addHelp"), group: "page", run: add });
  const columns: Column<HelpText>[] = [
    { key: "key", title: t("setting:helpKey"), width: 260, render: (row) => <code>{row.key}</code> },
    { key: "lang", title: t("setting:language"), width: 90, render: (row) => t(`setting:languages.${row.lang}`) },
    { key: "body", title: t("setting:text"), render: (row) => (row.body === "" ? <span className={styles["muted"]}>{t("setting:takenAway")}</span> : row.body) },
    { key: "by", title: t("setting:by"), width: 150, render: (row) => row.by },
    { key: "at", title: t("setting:changedAt"), width: 120, render: (row) => <TimeText value={row.updated_at} /> },
  ];
  const rows = list.data ?? [];
  const addButton = (
    <Button type="primary" onClick={add}>
      {t("setting:addHelp")}
    </Button>
  );
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("setting:helpTitle")}
        note={t("setting:helpNote")}
        help="setting.help"
        actions={
          <>
            <ExcelMenu exportPath="/api/help-texts/export" importPath="/api/help-texts/import" query={{ centre }} onImported={refresh} />
            {addButton}
          </>
        }
      />
      <div className={styles["filters"]}>
        <div className={styles["centre"]}>
          <CentrePicker
            label={t("setting:centre")}
            value={centre ?? person.centre.id}
            onChange={(next) => {
              onCentre(next ?? undefined);
            }}
          />
        </div>
      </div>
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="help-texts"
            positionKey={`help ${centre ?? ""}`}
            label={t("setting:helpTitle")}
            columns={columns}
            rows={rows}
            rowKey={(row) => `${row.key} ${row.lang}`}
            openKey={null}
            onOpen={(key) => {
              setEditing(rows.find((row) => `${row.key} ${row.lang}` === key) ?? null);
            }}
          />
        ) : (
          <div className={styles["blank"]}>
            {list.error ? (
              <ErrorNote what={t("setting:loadFailed")} error={list.error} onRetry={() => void list.refetch()} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
            ) : (
              <EmptyState title={t("setting:noHelp")} action={addButton}>
                {t("setting:noHelpHint")}
              </EmptyState>
            )}
          </div>
        )}
      </div>
      {editing ? (
        <HelpEditor
          text={editing === "new" ? null : editing}
          centre={centre ?? person.centre.id}
          onClose={() => {
            setEditing(null);
          }}
          onSaved={() => {
            setEditing(null);
            void message.success(t("setting:saved"));
          }}
        />
      ) : null}
    </div>
  );
}
