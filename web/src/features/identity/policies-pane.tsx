import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { App, Button, Progress, Segmented, Select, Skeleton, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { LineDifference } from "@/components/line-difference";
import { ReasonDialog } from "@/components/reason-dialog";
import { SafeHtml } from "@/components/safe-html";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { useSession } from "@/lib/session/use-session";
import { policyQuery, readersQuery, useActOnPolicy, type FullPolicy, type PolicyVersion } from "./api/policies";
import { VersionState } from "./policies-state";
import styles from "./policies.module.css";
import { RoleNames } from "./role-names";

interface Props {
  id: string;
  onClose: () => void;
  onWrite: (policy: FullPolicy, from: PolicyVersion | undefined) => void;
}

type Act = "request" | "withdraw" | "discard";

/** One policy: its versions, what differs between them, and who has not acknowledged it. */
export function PolicyPane({ id, onClose, onWrite }: Props) {
  const { t } = useTranslation("policies");
  const policy = useQuery(policyQuery(id));
  const [view, setView] = useState<"text" | "difference" | "readers">("text");
  const [chosen, setChosen] = useState<number | null>(null);
  const chinese = useLanguage() === "zh-CN";
  if (policy.data === undefined) {
    return (
      <SidePane title={t("details")} label={t("details")} onClose={onClose}>
        {policy.error ? (
          <ErrorNote what={t("oneFailed")} error={policy.error} onRetry={() => void policy.refetch()} />
        ) : (
          <Skeleton active title={false} paragraph={{ rows: 8 }} />
        )}
      </SidePane>
    );
  }
  const versions = policy.data.versions;
  const version = versions.find(({ number }) => number === chosen) ?? versions[0];
  if (version === undefined) return null;
  const before = versions.find(({ number }) => number === version.number - 1);
  return (
    <SidePane title={`${policy.data.code} ${chinese ? version.title_zh : version.title_en}`} label={t("details")} onClose={onClose}>
      <Actions policy={policy.data} onWrite={onWrite} />
      <div className={styles["chooser"]}>
        <Select
          size="small"
          value={version.number}
          aria-label={t("version")}
          style={{ minWidth: 130 }}
          options={versions.map(({ number }) => ({ value: number, label: t("versionNumber", { number }) }))}
          onChange={setChosen}
        />
        <VersionState state={version.state} />
        <Segmented
          size="small"
          aria-label={t("view")}
          value={view}
          options={[
            { value: "text", label: t("text") },
            { value: "difference", label: t("difference"), disabled: before === undefined },
            { value: "readers", label: t("readers"), disabled: policy.data.current === 0 },
          ]}
          onChange={setView}
        />
      </div>
      {view === "readers" ? (
        <Readers policy={policy.data} />
      ) : view === "difference" && before !== undefined ? (
        <Difference before={before} after={version} />
      ) : (
        <Text version={version} />
      )}
    </SidePane>
  );
}

function Text({ version }: { version: PolicyVersion }) {
  const { t } = useTranslation("policies");
  const chinese = useLanguage() === "zh-CN";
  return (
    <>
      <DetailsList
        items={[
          { name: t("changeNote"), value: version.change_note },
          { name: t("levels"), value: version.levels.map((level) => t(`levelNames.${level as "nation"}`)).join(", ") || t("allLevels") },
          { name: t("roles"), value: <RoleNames codes={version.roles} all={t("allRoles")} /> },
          { name: t("updatedBy"), value: version.updated_by },
          { name: t("publishedBy"), value: version.published_by },
          { name: t("publishedAt"), value: version.published_at === null ? "" : <TimeText value={version.published_at} full /> },
        ]}
      />
      <div className={styles["paper"]}>
        <SafeHtml html={chinese ? version.html_zh : version.html_en} />
      </div>
    </>
  );
}

function Difference({ before, after }: { before: PolicyVersion; after: PolicyVersion }) {
  const { t } = useTranslation("policies");
  const chinese = useLanguage() === "zh-CN";
  return (
    <>
      <p className={styles["muted"]}>{t("differenceOf", { from: before.number, to: after.number })}</p>
      <LineDifference
        before={chinese ? before.body_zh : before.body_en}
        after={chinese ? after.body_zh : after.body_en}
        label={t("difference")}
      />
    </>
  );
}

function Readers({ policy }: { policy: FullPolicy }) {
  const { t } = useTranslation("policies");
  const [missing, setMissing] = useState(true);
  const list = useInfiniteQuery(readersQuery(policy.id, missing));
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <Progress percent={policy.readers === 0 ? 100 : Math.floor((policy.acknowledged / policy.readers) * 100)} aria-label={t("acknowledged")} />
      <div className={styles["chooser"]}>
        <Switch size="small" checked={missing} onChange={setMissing} aria-label={t("onlyMissing")} />
        <span>{t("onlyMissing")}</span>
        <span className="figures">{t("acknowledgedOf", { acknowledged: policy.acknowledged, readers: policy.readers })}</span>
        <ExcelMenu exportPath={`/api/policies/${policy.id}/readers/export`} query={{ missing }} />
      </div>
      {list.error ? <ErrorNote what={t("readersFailed")} error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.isSuccess && rows.length === 0 ? <p className={styles["muted"]}>{t("nobodyMissing")}</p> : null}
      <ul className={styles["readers"]}>
        {rows.map((row) => (
          <li key={row.account_id}>
            <span>{`${row.number} ${row.name}`}</span>
            <span className={styles["muted"]}>{row.team ? `${row.centre_name} / ${row.team}` : row.centre_name}</span>
            {row.acknowledged_at === null ? t("notYet") : <TimeText value={row.acknowledged_at} />}
          </li>
        ))}
      </ul>
      {list.hasNextPage ? (
        <Button size="small" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("more")}
        </Button>
      ) : null}
    </>
  );
}

/** Write, ask for the publication, throw the draft away, end the policy. */
function Actions({ policy, onWrite }: { policy: FullPolicy; onWrite: Props["onWrite"] }) {
  const { t } = useTranslation("policies");
  const { can } = useSession();
  const { message } = App.useApp();
  const acting = useActOnPolicy();
  const [act, setAct] = useState<Act | null>(null);
  if (!can("identity.policy.edit") || policy.withdrawn) return null;
  const versions = policy.versions;
  const draft = versions.find(({ state }) => state === "draft");
  const requested = versions.some(({ state }) => state === "requested");
  const current = versions.find(({ state }) => state === "published");
  const versionOf = (which: Act) => (which === "withdraw" ? policy.version : (draft?.version ?? 0));
  return (
    <div className={styles["actions"]}>
      {requested ? <span className={styles["muted"]}>{t("waiting")}</span> : null}
      {requested ? null : (
        <Button type={draft ? "default" : "primary"} onClick={() => { onWrite(policy, draft ?? current); }}>
          {t(draft ? "editDraft" : "newVersion")}
        </Button>
      )}
      {draft ? (
        <Button type="primary" onClick={() => { setAct("request"); }}>
          {t("acts.request")}
        </Button>
      ) : null}
      {draft && policy.current > 0 ? <Button onClick={() => { setAct("discard"); }}>{t("acts.discard")}</Button> : null}
      {policy.current > 0 && !requested ? (
        <Button danger onClick={() => { setAct("withdraw"); }}>
          {t("acts.withdraw")}
        </Button>
      ) : null}
      <ReasonDialog
        open={act !== null}
        title={act === null ? "" : t(`acts.${act}`)}
        consequence={act === null ? "" : t(`consequences.${act}`)}
        danger={act === "withdraw"}
        reasonRequired={act !== "discard"}
        onConfirm={async (reason) => {
          if (act === null) return;
          await acting.mutateAsync({ id: policy.id, act, version: versionOf(act), reason });
          void message.success(t(`acted.${act}`));
        }}
        onClose={() => { setAct(null); }}
      />
    </div>
  );
}
