import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Collapse, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SafeHtml } from "@/components/safe-html";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { ownPoliciesQuery, useAcknowledgePolicy } from "./api/own-policies";
import { policiesKey, policiesQuery, type FullPolicy, type Policy, type PolicyVersion } from "./api/policies";
import { PolicyEditor } from "./policies-editor";
import { PolicyPane } from "./policies-pane";
import { VersionState } from "./policies-state";
import styles from "./policies.module.css";

interface Props {
  view: "mine" | "all";
  onView: (view: "mine" | "all") => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** What staff must know: one's own policies to read again, and all of them for those who keep them. */
export function PoliciesView({ view, onView, openId, onOpen }: Props) {
  const { t } = useTranslation("policies");
  const { can } = useSession();
  const client = useQueryClient();
  const [editing, setEditing] = useState<{ policy: FullPolicy | null; from: PolicyVersion | undefined } | null>(null);
  useLiveTopic("policies.changed", () => void client.invalidateQueries({ queryKey: policiesKey }));
  const edits = can("identity.policy.edit");
  const startNew = () => { setEditing({ policy: null, from: undefined }); };
  useShortcut({ id: "policies.new", keys: "n", label: t("new"), group: "page", enabled: edits, run: startNew });
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("title")}
        note={t("note")}
        help="identity.policy"
        actions={
          <>
            {view === "all" && can("identity.policy.read") ? <ExcelMenu exportPath="/api/policies/export" /> : null}
            {edits ? <Button type="primary" onClick={startNew}>{t("new")}</Button> : null}
          </>
        }
      />
      {can("identity.policy.read") ? (
        <div className={styles["bar"]}>
          <Chips
            label={t("view")}
            value={view}
            chips={[
              { value: "mine", label: t("views.mine") },
              { value: "all", label: t("views.all") },
            ]}
            onChange={onView}
          />
        </div>
      ) : null}
      {view === "all" && can("identity.policy.read") ? (
        <AllPolicies openId={openId} onOpen={onOpen} onWrite={(policy, from) => { setEditing({ policy, from }); }} />
      ) : (
        <OwnPolicies />
      )}
      {editing === null ? null : (
        <PolicyEditor
          policy={editing.policy}
          from={editing.from}
          onClose={() => { setEditing(null); }}
          onSaved={(id) => {
            setEditing(null);
            onOpen(id);
          }}
        />
      )}
    </div>
  );
}

function OwnPolicies() {
  const { t } = useTranslation("policies");
  const chinese = useLanguage() === "zh-CN";
  const own = useQuery(ownPoliciesQuery);
  const acknowledge = useAcknowledgePolicy();
  if (own.data === undefined || own.data.length === 0) {
    return (
      <div className={styles["blank"]}>
        {own.error ? (
          <ErrorNote what={t("loadFailed")} error={own.error} onRetry={() => void own.refetch()} />
        ) : own.isPending ? (
          <Skeleton active title={false} paragraph={{ rows: 6 }} />
        ) : (
          <EmptyState title={t("noneForMe")}>{t("noneForMeHint")}</EmptyState>
        )}
      </div>
    );
  }
  return (
    <div className={styles["blank"]}>
      {acknowledge.error ? <ErrorNote what={t("acknowledgeFailed")} error={acknowledge.error} /> : null}
      <Collapse
        items={own.data.map((policy) => ({
          key: policy.id,
          label: `${policy.code} ${chinese ? policy.title_zh : policy.title_en}`,
          extra:
            policy.acknowledged_at === null ? (
              <StatusWord tone="warning">{t("toAcknowledge")}</StatusWord>
            ) : (
              <StatusWord tone="ok">{t("acknowledged")}</StatusWord>
            ),
          children: (
            <>
              <p className={styles["muted"]}>
                {t("versionNumber", { number: policy.number })} · <TimeText value={policy.published_at} />
              </p>
              <SafeHtml html={chinese ? policy.html_zh : policy.html_en} />
              {policy.acknowledged_at === null ? (
                <Button type="primary" loading={acknowledge.isPending} onClick={() => { acknowledge.mutate(policy); }}>
                  {t("acknowledge")}
                </Button>
              ) : null}
            </>
          ),
        }))}
      />
    </div>
  );
}

interface AllProps {
  openId: string | null;
  onOpen: (id: string | null) => void;
  onWrite: (policy: FullPolicy, from: PolicyVersion | undefined) => void;
}

function AllPolicies({ openId, onOpen, onWrite }: AllProps) {
  const { t } = useTranslation(["policies", "common"]);
  const chinese = useLanguage() === "zh-CN";
  const list = useQuery(policiesQuery);
  const columns: Column<Policy>[] = [
    { key: "code", title: t("policies:code"), width: 110, render: (row) => row.code },
    { key: "title", title: t("policies:name"), render: (row) => (chinese ? row.title_zh : row.title_en) },
    { key: "current", title: t("policies:current"), width: 100, render: (row) => (row.current === 0 ? t("common:none") : t("policies:versionNumber", { number: row.current })) },
    {
      key: "newest",
      title: t("policies:newest"),
      width: 130,
      render: (row) => (row.withdrawn ? <StatusWord tone="idle">{t("policies:withdrawn")}</StatusWord> : <VersionState state={row.newest_state} />),
    },
    { key: "acknowledged", title: t("policies:acknowledged"), width: 110, align: "end", inDetails: true, render: (row) => row.acknowledged },
    { key: "updated_at", title: t("policies:updatedAt"), width: 116, inDetails: true, render: (row) => <TimeText value={row.updated_at} /> },
    { key: "updated_by", title: t("policies:updatedBy"), width: 130, inDetails: true, render: (row) => row.updated_by },
  ];
  return (
    <div className={styles["split"]}>
      {list.data && list.data.length > 0 ? (
        <DataTable id="policies" positionKey="policies" label={t("policies:title")} columns={columns} rows={list.data} rowKey={(row) => row.id} openKey={openId} onOpen={onOpen} footer={t("common:endOfList", { count: list.data.length })} />
      ) : (
        <div className={styles["blank"]}>
          {list.error ? (
            <ErrorNote what={t("policies:loadFailed")} error={list.error} onRetry={() => void list.refetch()} />
          ) : list.isPending ? (
            <Skeleton active title={false} paragraph={{ rows: 6 }} />
          ) : (
            <EmptyState title={t("policies:empty")}>{t("policies:emptyHint")}</EmptyState>
          )}
        </div>
      )}
      {openId === null ? null : <PolicyPane id={openId} onClose={() => { onOpen(null); }} onWrite={onWrite} />}
    </div>
  );
}
