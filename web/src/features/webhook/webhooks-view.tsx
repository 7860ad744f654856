import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { webhooksQuery } from "./api/list-webhooks";
import { CreateDrawer } from "./create-drawer";
import { useWebhookColumns } from "./use-webhook-columns";
import { WebhookPane } from "./webhook-pane";
import styles from "./webhook.module.css";

const REFRESH_MS = 30_000;

interface Props {
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** Which outside systems are told about events, and how that went. */
export function WebhooksView({ openId, onOpen }: Props) {
  const { t } = useTranslation("webhook");
  const mayEdit = useSession().can("webhook.edit");
  const [creating, setCreating] = useState(false);
  const webhooks = useQuery({ ...webhooksQuery(), refetchInterval: REFRESH_MS });
  const columns = useWebhookColumns();
  const rows = webhooks.data?.items ?? [];
  const open = rows.find((row) => row.id === openId);
  const create = () => {
    setCreating(true);
  };
  useShortcut({ id: "webhooks.new", keys: "n", label: t("create"), group: "page", enabled: mayEdit, run: create });

  const createButton = mayEdit ? (
    <Tooltip title={t("createKey")}>
      <Button type="primary" onClick={create}>
        {t("create")}
      </Button>
    </Tooltip>
  ) : null;

  const actions = (
    <>
      <ExcelMenu exportPath="/api/webhooks/export" />
      {createButton}
    </>
  );

  return (
    <div className={styles["page"]}>
      <PageHeader title={t("title")} note={t("note")} help="webhook.endpoint" actions={actions} />
      <div className={styles["split"]}>
        {rows.length > 0 ? (
          <DataTable
            id="webhooks"
            positionKey="webhooks"
            label={t("title")}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            openKey={open ? open.id : null}
            onOpen={onOpen}
            footer={
              webhooks.error ? (
                <ErrorNote what={t("loadFailed")} error={webhooks.error} onRetry={() => void webhooks.refetch()} />
              ) : null
            }
          />
        ) : (
          <div className={styles["blank"]}>
            {webhooks.error ? (
              <ErrorNote what={t("loadFailed")} error={webhooks.error} onRetry={() => void webhooks.refetch()} />
            ) : webhooks.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
            ) : (
              <EmptyState title={t("empty")} action={createButton}>
                {t("emptyHint")}
              </EmptyState>
            )}
          </div>
        )}
        {open ? (
          <WebhookPane
            key={open.id}
            webhook={open}
            onClose={() => {
              onOpen(null);
            }}
          />
        ) : null}
      </div>
      <CreateDrawer
        open={creating}
        knownTopics={webhooks.data?.topics ?? []}
        onClose={(id) => {
          setCreating(false);
          if (id !== null) onOpen(id);
        }}
      />
    </div>
  );
}
