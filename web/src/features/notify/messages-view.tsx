import { ArrowUpOutlined } from "@ant-design/icons";
import { Button, Skeleton, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import type { MessageFilter } from "./api/list-messages";
import { MessagePane } from "./message-pane";
import styles from "./notify.module.css";
import { SendDrawer } from "./send-drawer";
import { useMessageColumns } from "./use-message-columns";
import { useMessageList } from "./use-message-list";

const STATES = ["queued", "sending", "sent", "failed", "unknown"] as const;
const CHANNELS = ["sms", "email"] as const;

interface Props {
  filter: MessageFilter;
  onFilter: (filter: MessageFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** What was sent, newest first, with the details beside the list. */
export function MessagesView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation(["notify", "common"]);
  const maySend = useSession().can("notify.message.send");
  const [sending, setSending] = useState(false);
  const positionKey = `messages ${filter.channel ?? ""} ${filter.state ?? ""}`;
  const list = useMessageList(filter, positionKey);
  const columns = useMessageColumns();
  const showNewest = () => {
    // When this fails the server is away, which the frame of the page says.
    list.showNewest().catch(() => undefined);
  };
  const startSending = () => {
    setSending(true);
  };
  useShortcut({ id: "messages.new", keys: "n", label: t("notify:sendTest"), group: "page", enabled: maySend, run: startSending });
  useShortcut({
    id: "messages.newest",
    keys: ".",
    label: t("notify:showNewest"),
    group: "page",
    run: showNewest,
  });

  const filtered = filter.channel !== undefined || filter.state !== undefined;
  const sendButton = maySend ? (
    <Tooltip title={t("notify:sendTestKey")}>
      <Button type="primary" onClick={startSending}>
        {t("notify:sendTest")}
      </Button>
    </Tooltip>
  ) : null;

  return (
    <div className={styles["page"]}>
      <PageHeader title={t("notify:title")} note={t("notify:note")} help="notify.message" actions={<><ExcelMenu exportPath="/api/messages/export" query={{ state: filter.state, channel: filter.channel }} />{sendButton}</>} />
      <div className={styles["filters"]}>
        <Chips
          label={t("notify:state")}
          value={filter.state ?? "all"}
          chips={[
            { value: "all", label: t("common:all") },
            ...STATES.map((value) => ({ value, label: t(`notify:states.${value}`) })),
          ]}
          onChange={(value) => {
            onFilter({ ...filter, state: value === "all" ? undefined : value });
          }}
        />
        <Chips
          label={t("notify:channel")}
          value={filter.channel ?? "all"}
          chips={[
            { value: "all", label: t("common:all") },
            ...CHANNELS.map((value) => ({ value, label: t(`notify:channels.${value}`) })),
          ]}
          onChange={(value) => {
            onFilter({ ...filter, channel: value === "all" ? undefined : value });
          }}
        />
        <span role="status" className={styles["news"]}>
          {list.waiting > 0 && list.rows.length > 0 ? (
            <Button size="small" shape="round" icon={<ArrowUpOutlined />} onClick={showNewest}>
              {t("notify:waiting", { count: list.waiting })}
            </Button>
          ) : null}
        </span>
      </div>
      <div className={styles["split"]}>
        {list.rows.length > 0 ? (
          <DataTable
            id="messages"
            positionKey={positionKey}
            label={t("notify:title")}
            columns={columns}
            rows={list.rows}
            rowKey={(row) => row.id}
            openKey={openId}
            onOpen={onOpen}
            onNearEnd={list.loadMore}
            footer={
              list.error ? (
                <ErrorNote what={t("notify:moreFailed")} error={list.error} onRetry={list.retry} />
              ) : list.hasMore ? (
                t("common:loadingMore")
              ) : (
                t("common:endOfList", { count: list.rows.length })
              )
            }
          />
        ) : (
          <div className={styles["blank"]}>
            {list.error ? (
              <ErrorNote what={t("notify:loadFailed")} error={list.error} onRetry={list.retry} />
            ) : list.pending ? (
              <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
            ) : filtered ? (
              <EmptyState
                title={t("notify:nothingMatches")}
                action={
                  <Button
                    onClick={() => {
                      onFilter({});
                    }}
                  >
                    {t("notify:showAll")}
                  </Button>
                }
              >
                {t("notify:nothingMatchesHint")}
              </EmptyState>
            ) : (
              <EmptyState title={t("notify:empty")} action={sendButton}>
                {t("notify:emptyHint")}
              </EmptyState>
            )}
          </div>
        )}
        {openId !== null ? (
          <MessagePane
            message={list.rows.find((row) => row.id === openId)}
            onClose={() => {
              onOpen(null);
            }}
          />
        ) : null}
      </div>
      <SendDrawer
        open={sending}
        onClose={() => {
          setSending(false);
        }}
        onSent={(id) => {
          showNewest();
          onOpen(id);
        }}
      />
    </div>
  );
}
