import { useInfiniteQuery } from "@tanstack/react-query";
import { App, Button, Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { DetailsList } from "@/components/details-list";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { SidePane } from "@/components/side-pane";
import { StatusWord, type Tone } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { asApiError } from "@/lib/api/error";
import { useNow } from "@/lib/format/use-now";
import { errorText } from "@/lib/i18n/error-text";
import styles from "./accounts.module.css";
import { allTokensQuery, useRevokeAny, type AnyToken } from "./api/tokens";

type State = "valid" | "expired" | "revoked";
const TONES: Record<State, Tone> = { valid: "ok", expired: "idle", revoked: "idle" };

function stateOf(token: AnyToken, now: Date): State {
  if (token.revoked_at !== null) return "revoked";
  return new Date(token.expires_at) <= now ? "expired" : "valid";
}

interface Props {
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** The keys of everybody's programs, newest first; a leaked one is revoked here. */
export function TokenList({ openId, onOpen }: Props) {
  const { t } = useTranslation(["accounts", "common"]);
  const now = useNow(60_000);
  const list = useInfiniteQuery(allTokensQuery);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const retry = () => void (list.data ? list.fetchNextPage() : list.refetch());
  const columns: Column<AnyToken>[] = [
    { key: "owner", title: t("accounts:tokens.owner"), width: 170, render: (row) => `${row.owner_number} ${row.owner_name}` },
    { key: "name", title: t("accounts:tokens.name"), render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "state", title: t("accounts:tokens.state"), width: 110, render: (row) => <TokenState state={stateOf(row, now)} /> },
    {
      key: "permissions",
      title: t("accounts:tokens.permissions"),
      width: 110,
      align: "end",
      inDetails: true,
      render: (row) => t("accounts:tokens.permissionCount", { count: row.permissions.length }),
    },
    { key: "until", title: t("accounts:tokens.until"), width: 150, render: (row) => <TimeText value={row.expires_at} /> },
    {
      key: "used",
      title: t("accounts:tokens.lastUsed"),
      width: 150,
      inDetails: true,
      render: (row) => (row.last_used_at === null ? t("accounts:tokens.never") : <TimeText value={row.last_used_at} />),
    },
  ];
  return (
    <>
      {rows.length > 0 ? (
        <DataTable
          id="tokens"
          positionKey="tokens"
          label={t("accounts:tabs.tokens")}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          openKey={openId}
          onOpen={onOpen}
          onNearEnd={() => {
            if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
          }}
          footer={
            list.error ? (
              <ErrorNote what={t("accounts:tokens.loadFailed")} error={list.error} onRetry={retry} />
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
            <ErrorNote what={t("accounts:tokens.loadFailed")} error={list.error} onRetry={retry} />
          ) : list.isPending ? (
            <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
          ) : (
            <EmptyState title={t("accounts:tokens.none")}>{t("accounts:tokens.noneHint")}</EmptyState>
          )}
        </div>
      )}
      {openId !== null && !list.isPending ? (
        <TokenPane
          token={rows.find((row) => row.id === openId)}
          now={now}
          onClose={() => {
            onOpen(null);
          }}
        />
      ) : null}
    </>
  );
}

function TokenState({ state }: { state: State }) {
  const { t } = useTranslation("accounts");
  return <StatusWord tone={TONES[state]}>{t(`tokens.states.${state}`)}</StatusWord>;
}

/** One token: what it may do from where, and the way to end it. */
function TokenPane({ token, now, onClose }: { token: AnyToken | undefined; now: Date; onClose: () => void }) {
  const { t } = useTranslation("accounts");
  const { modal, message } = App.useApp();
  const revoke = useRevokeAny();
  if (!token) {
    return (
      <SidePane title={t("tokens.details")} label={t("tokens.details")} onClose={onClose}>
        <p className={styles["muted"]}>{t("tokens.notThere")}</p>
      </SidePane>
    );
  }
  const state = stateOf(token, now);
  const confirm = () => {
    void modal.confirm({
      title: t("tokens.revokeTitle", { name: token.name }),
      content: t("tokens.revokeConsequence"),
      okText: t("tokens.revoke"),
      okButtonProps: { danger: true },
      onOk: async () => {
        try {
          await revoke.mutateAsync(token.id);
        } catch (error) {
          const problem = asApiError(error);
          void message.error(errorText(problem.code, problem.detail));
        }
      },
    });
  };
  return (
    <SidePane
      title={token.name}
      label={t("tokens.details")}
      onClose={onClose}
      actions={
        state === "valid" ? (
          <Button size="small" danger onClick={confirm}>
            {t("tokens.revoke")}
          </Button>
        ) : null
      }
    >
      <TokenState state={state} />
      <DetailsList
        items={[
          { name: t("tokens.owner"), value: `${token.owner_number} ${token.owner_name}` },
          { name: t("tokens.hint"), value: <code>{token.hint}…</code> },
          { name: t("tokens.madeAt"), value: <TimeText value={token.created_at} full /> },
          { name: t("tokens.until"), value: <TimeText value={token.expires_at} full /> },
          { name: t("tokens.lastUsed"), value: token.last_used_at === null ? t("tokens.never") : <TimeText value={token.last_used_at} full /> },
          { name: t("tokens.address"), value: token.last_used_address },
          { name: t("tokens.networks"), value: token.networks.length === 0 ? t("tokens.anywhere") : token.networks.join(t("and")) },
          { name: t("tokens.revokedAt"), value: token.revoked_at === null ? "" : <TimeText value={token.revoked_at} full /> },
          { name: t("tokens.revokedBy"), value: token.revoked_by },
        ]}
      />
      <h3>{t("tokens.permissions")}</h3>
      <ul className={styles["codes"]}>
        {token.permissions.map((permission) => (
          <li key={permission}>
            <code>{permission}</code>
          </li>
        ))}
      </ul>
    </SidePane>
  );
}
