import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Input, Select, Skeleton } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { Chips } from "@/components/chips";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { useLanguage } from "@/lib/i18n/hooks";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { BulkRequest } from "./accounts-bulk";
import { useAccountColumns } from "./accounts-columns";
import { AccountPane } from "./accounts-pane";
import { RequestDrawer } from "./accounts-request";
import { TokenList } from "./accounts-tokens";
import { UNUSED_SPANS, UnusedList, type UnusedSpan } from "./accounts-unused";
import styles from "./accounts.module.css";
import { rolesToGiveQuery } from "./api/account-choices";
import { accountsKey, accountsQuery, type AccountFilter, type FullAccount } from "./api/accounts";

export type AccountsTab = "accounts" | "unused" | "tokens";

interface Props {
  tab: AccountsTab;
  onTab: (tab: AccountsTab) => void;
  filter: AccountFilter;
  onFilter: (filter: AccountFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
  /** Shows the request that was just made. */
  onRequest: (id: string) => void;
}

/**
 * Who may sign in, with which roles; every change is asked for here and decided by another person. Also the accounts that
 * nobody has used for long, and the tokens of programs.
 */
export function AccountsView({ tab, onTab, filter, onFilter, openId, onOpen, onRequest }: Props) {
  const { t } = useTranslation(["accounts", "common"]);
  const { can } = useSession();
  const chinese = useLanguage() === "zh-CN";
  const { notification } = App.useApp();
  const client = useQueryClient();
  const list = useInfiniteQuery({ ...accountsQuery(filter), enabled: tab === "accounts" });
  const roles = useQuery({ ...rolesToGiveQuery, enabled: can("identity.role.read") });
  const columns = useAccountColumns();
  const [days, setDays] = useState<UnusedSpan>("90");
  const [asking, setAsking] = useState<{ account: FullAccount | null } | null>(null);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  useLiveTopic("accounts.changed", () => void client.invalidateQueries({ queryKey: accountsKey }));
  const mayAsk = can("identity.account.request");
  const startNew = () => { setAsking({ account: null }); };
  useShortcut({ id: "accounts.new", keys: "n", label: t("accounts:newAccount"), group: "page", enabled: mayAsk, run: startNew });
  const narrowed = Object.values(filter).some((value) => value !== undefined);
  const retry = () => void (list.data ? list.fetchNextPage() : list.refetch());

  const asked = (request: string) => {
    setAsking(null);
    notification.success({
      title: t("accounts:asked"),
      description: t("accounts:askedHint"),
      actions: <Button size="small" onClick={() => { onRequest(request); }}>{t("accounts:seeRequest")}</Button>,
    });
  };

  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("accounts:title")}
        note={t("accounts:note")}
        help="identity.account"
        actions={
          <>
            {tab === "tokens" ? (
              <ExcelMenu exportPath="/api/tokens/all/export" />
            ) : tab === "unused" ? (
              <ExcelMenu exportPath="/api/accounts/unused/export" query={{ days }} />
            ) : (
              <ExcelMenu exportPath="/api/accounts/export" query={{ ...filter }} />
            )}
            {mayAsk ? <BulkRequest onAsked={() => void client.invalidateQueries({ queryKey: accountsKey })} /> : null}
            {mayAsk ? <Button type="primary" onClick={startNew}>{t("accounts:newAccount")}</Button> : null}
          </>
        }
      />
      <div className={styles["tabs"]}>
        <Chips
          label={t("accounts:show")}
          value={tab}
          chips={[
            { value: "accounts", label: t("accounts:tabs.accounts") },
            { value: "unused", label: t("accounts:tabs.unused") },
            ...(can("identity.token.manage") ? [{ value: "tokens" as const, label: t("accounts:tabs.tokens") }] : []),
          ]}
          onChange={onTab}
        />
        {tab === "unused" ? (
          <Chips
            label={t("accounts:unused.within")}
            value={days}
            chips={UNUSED_SPANS.map((value) => ({ value, label: t("accounts:unused.days", { count: Number(value) }) }))}
            onChange={setDays}
          />
        ) : null}
      </div>
      {tab === "accounts" ? (
        <div className={styles["filters"]}>
          <Chips
            label={t("accounts:state")}
            value={filter.state ?? "any"}
            chips={[
              { value: "any", label: t("common:all") },
              { value: "active", label: t("accounts:states.active") },
              { value: "suspended", label: t("accounts:states.suspended") },
              { value: "left", label: t("accounts:states.left") },
            ]}
            onChange={(state) => { onFilter({ ...filter, state: state === "any" ? undefined : state }); }}
          />
          <Input.Search
            key={filter.q ?? ""}
            size="small"
            allowClear
            defaultValue={filter.q}
            placeholder={t("accounts:search")}
            aria-label={t("accounts:search")}
            style={{ width: 180 }}
            onSearch={(words) => { onFilter({ ...filter, q: words.trim() === "" ? undefined : words.trim() }); }}
          />
          <div style={{ width: 200 }}>
            <CentrePicker
              allowClear
              value={filter.centre_id ?? null}
              label={t("accounts:centre")}
              placeholder={t("accounts:anyCentre")}
              onChange={(id) => { onFilter({ ...filter, centre_id: id ?? undefined }); }}
            />
          </div>
          {can("identity.role.read") ? (
            <Select
              allowClear
              showSearch={{ optionFilterProp: "label" }}
              value={filter.role_id}
              placeholder={t("accounts:anyRole")}
              aria-label={t("accounts:role")}
              style={{ width: 180 }}
              options={(roles.data ?? []).map((role) => ({ value: role.id, label: chinese ? role.name_zh : role.name_en }))}
              onChange={(role_id?: string) => { onFilter({ ...filter, role_id }); }}
            />
          ) : null}
          <SavedViews page="identity.account" value={filter} onApply={onFilter} />
        </div>
      ) : null}
      <div className={styles["split"]}>
        {tab === "unused" ? (
          <UnusedList days={days} openId={openId} onOpen={onOpen} />
        ) : tab === "tokens" ? (
          <TokenList openId={openId} onOpen={onOpen} />
        ) : rows.length > 0 ? (
          <DataTable
            id="accounts"
            positionKey={`accounts ${JSON.stringify(filter)}`}
            label={t("accounts:title")}
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
                <ErrorNote what={t("accounts:moreFailed")} error={list.error} onRetry={retry} />
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
              <ErrorNote what={t("accounts:loadFailed")} error={list.error} onRetry={retry} />
            ) : list.isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
            ) : (
              <EmptyState
                title={t(narrowed ? "accounts:nothingMatches" : "accounts:empty")}
                action={narrowed ? <Button onClick={() => { onFilter({}); }}>{t("accounts:clearFilters")}</Button> : undefined}
              >
                {t(narrowed ? "accounts:nothingMatchesHint" : "accounts:emptyHint")}
              </EmptyState>
            )}
          </div>
        )}
        {openId !== null && tab !== "tokens" ? (
          <AccountPane id={openId} onClose={() => { onOpen(null); }} onChangeRoles={(account) => { setAsking({ account }); }} />
        ) : null}
      </div>
      {asking === null ? null : <RequestDrawer account={asking.account} onClose={() => { setAsking(null); }} onAsked={asked} />}
    </div>
  );
}
