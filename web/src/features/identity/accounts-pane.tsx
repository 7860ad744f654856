import { useQuery } from "@tanstack/react-query";
import { Button, Segmented, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { SidePane } from "@/components/side-pane";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { useCentres } from "@/lib/places/use-centres";
import { useSession } from "@/lib/session/use-session";
import { AccountActions } from "./accounts-actions";
import { AccountState } from "./accounts-columns";
import styles from "./accounts.module.css";
import { accountQuery, effectiveQuery, type FullAccount } from "./api/accounts";

interface Props {
  id: string;
  onClose: () => void;
  onChangeRoles: (account: FullAccount) => void;
}

/** One account: who, in what state, with which roles and what that allows. */
export function AccountPane({ id, onClose, onChangeRoles }: Props) {
  const { t } = useTranslation("accounts");
  const { can, person } = useSession();
  const account = useQuery(accountQuery(id));
  const [view, setView] = useState<"roles" | "permissions">("roles");
  if (account.data === undefined) {
    return (
      <SidePane title={t("details")} label={t("details")} onClose={onClose}>
        {account.error ? (
          <ErrorNote what={t("oneFailed")} error={account.error} onRetry={() => void account.refetch()} />
        ) : (
          <Skeleton active title={false} paragraph={{ rows: 8 }} />
        )}
      </SidePane>
    );
  }
  const { data } = account;
  const own = data.id === person.account_id;
  return (
    <SidePane title={`${data.number} ${data.name}`} label={t("details")} onClose={onClose}>
      <Facts account={data} />
      {own ? <p className={styles["muted"]}>{t("own")}</p> : null}
      {!own && data.state !== "left" ? (
        <div className={styles["actions"]}>
          {can("identity.account.request") ? (
            <Button type="primary" onClick={() => { onChangeRoles(data); }}>
              {t("changeRoles")}
            </Button>
          ) : null}
          <AccountActions account={data} />
        </div>
      ) : null}
      <Segmented
        block
        size="small"
        aria-label={t("view")}
        value={view}
        options={[
          { value: "roles", label: t("roles") },
          { value: "permissions", label: t("permissions") },
        ]}
        onChange={setView}
      />
      {view === "roles" ? <Roles account={data} /> : <Permissions id={id} />}
    </SidePane>
  );
}

function Facts({ account }: { account: FullAccount }) {
  const { t } = useTranslation("accounts");
  const { nameOf } = useCentres();
  return (
    <DetailsList
      items={[
        { name: t("state"), value: <AccountState state={account.state} /> },
        { name: t("stateReason"), value: account.state_reason },
        { name: t("centre"), value: nameOf(account.centre_id) },
        { name: t("password"), value: t(account.has_password ? (account.must_change_password ? "passwordTemporary" : "passwordSet") : "passwordNone") },
        { name: t("totp"), value: t(account.totp ? "yes" : "no") },
        { name: t("lastSignIn"), value: account.last_sign_in_at === null ? t("never") : <TimeText value={account.last_sign_in_at} full /> },
        { name: t("openedAt"), value: <TimeText value={account.created_at} full /> },
      ]}
    />
  );
}

function Roles({ account }: { account: FullAccount }) {
  const { t } = useTranslation("accounts");
  const chinese = useLanguage() === "zh-CN";
  const list = account.assignments;
  if (list.length === 0) return <p className={styles["muted"]}>{t("noRoles")}</p>;
  return (
    <ul className={styles["held"]} style={{ marginTop: 12 }}>
      {list.map((held) => (
        <li key={held.id} data-ended={held.ended_at !== null || undefined}>
          <strong>{chinese ? held.role_zh : held.role_en}</strong> @ {held.centre_name}
          <p>
            {t("grantedBy", { who: held.granted_by || "—" })} <TimeText value={held.created_at} />
            {held.valid_until === null ? null : (
              <>
                {" · "}
                {t("validUntil")} <TimeText value={held.valid_until} />
              </>
            )}
            {held.reason ? ` · ${held.reason}` : ""}
          </p>
        </li>
      ))}
    </ul>
  );
}

/** Everything the account may do now, each with the role that brings it: why does this person hold this? */
function Permissions({ id }: { id: string }) {
  const { t } = useTranslation("accounts");
  const chinese = useLanguage() === "zh-CN";
  const list = useQuery(effectiveQuery(id));
  if (list.error) return <ErrorNote what={t("permissionsFailed")} error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data === undefined) return <Skeleton active title={false} />;
  if (list.data.length === 0) return <p className={styles["muted"]}>{t("noPermissions")}</p>;
  return (
    <ul className={styles["held"]} style={{ marginTop: 12 }}>
      {list.data.map((each) => (
        <li key={each.permission} title={each.permission}>
          {chinese ? each.zh : each.en} {each.grave ? <StatusWord tone="warning">{t("grave")}</StatusWord> : null}
          <p>{each.through.map((way) => t("through", { role: chinese ? way.role_zh : way.role_en, centre: way.centre_name })).join(t("semicolon"))}</p>
        </li>
      ))}
    </ul>
  );
}
