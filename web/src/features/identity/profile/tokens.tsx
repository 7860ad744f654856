import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useSession } from "@/lib/session/use-session";
import { useNow } from "@/lib/format/use-now";
import { ownTokensQuery, useTokenChanges } from "../api/own";
import styles from "./profile.module.css";
import { Section } from "./section";
import { TokenDialog } from "./token-dialog";

/** Keys of one's own programs. */
export function Tokens() {
  const { t } = useTranslation("identity");
  const { can } = useSession();
  const now = useNow(60_000);
  const tokens = useQuery(ownTokensQuery);
  const { revoke } = useTokenChanges();
  const [making, setMaking] = useState(false);
  const list = tokens.data?.items ?? [];
  const ended = (until: string) => new Date(until).getTime() <= now.getTime();
  return (
    <Section
      title={t("profile.tokens")}
      note={t("profile.tokensNote")}
      action={
        can("identity.token.own") ? (
          <Button
            size="small"
            type="primary"
            onClick={() => {
              setMaking(true);
            }}
          >
            {t("token.make")}
          </Button>
        ) : undefined
      }
    >
      {tokens.error ? <ErrorNote what={t("profile.loadFailed")} error={tokens.error} onRetry={() => void tokens.refetch()} /> : null}
      {revoke.error ? <ErrorNote what={t("token.revokeFailed")} error={revoke.error} /> : null}
      {list.length === 0 ? (
        <p className={styles["muted"]}>{t(can("identity.token.own") ? "token.none" : "token.notAllowed")}</p>
      ) : (
        <table className={styles["rows"]}>
          <thead>
            <tr>
              <th scope="col">{t("token.name")}</th>
              <th scope="col">{t("token.hint")}</th>
              <th scope="col">{t("token.permissions")}</th>
              <th scope="col">{t("token.until")}</th>
              <th scope="col">{t("token.lastUsed")}</th>
              <th scope="col">
                <span className="visually-hidden">{t("token.revoke")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {list.map((token) => (
              <tr key={token.id}>
                <td>{token.name}</td>
                <td>
                  <code>{token.hint}…</code>
                </td>
                <td title={token.permissions.join("\n")}>{token.permissions.length}</td>
                <td>
                  <TimeText value={token.expires_at} />
                </td>
                <td>{token.last_used_at ? <TimeText value={token.last_used_at} /> : t("token.never")}</td>
                <td>
                  {token.revoked_at !== null ? (
                    <StatusWord tone="idle">{t("token.revoked")}</StatusWord>
                  ) : ended(token.expires_at) ? (
                    <StatusWord tone="idle">{t("token.expired")}</StatusWord>
                  ) : (
                    <Button
                      size="small"
                      danger
                      onClick={() => {
                        revoke.mutate(token.id);
                      }}
                    >
                      {t("token.revoke")}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {making ? (
        <TokenDialog
          onClose={() => {
            setMaking(false);
          }}
        />
      ) : null}
    </Section>
  );
}
