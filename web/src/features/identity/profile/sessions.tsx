import { useQuery } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { errorText } from "@/lib/i18n/error-text";
import { ownSessionsQuery, signInsQuery, useEndSessions } from "../api/own";
import { deviceOf } from "./device";
import styles from "./profile.module.css";
import { Section } from "./section";

/** Where one is signed in, and the latest attempts to sign in. */
export function Sessions() {
  const { t } = useTranslation("identity");
  const { message } = App.useApp();
  const sessions = useQuery(ownSessionsQuery);
  const attempts = useQuery(signInsQuery);
  const end = useEndSessions();
  const list = sessions.data?.items ?? [];
  const others = list.filter((session) => !session.current).length;
  return (
    <>
      <Section
        title={t("profile.sessions")}
        note={t("profile.sessionsNote")}
        action={
          others > 0 ? (
            <Button
              size="small"
              loading={end.others.isPending}
              onClick={() => {
                end.others.mutate(undefined, { onSuccess: ({ ended }) => void message.success(t("profile.ended", { count: ended })) });
              }}
            >
              {t("profile.endOthers")}
            </Button>
          ) : undefined
        }
      >
        {sessions.error ? <ErrorNote what={t("profile.loadFailed")} error={sessions.error} onRetry={() => void sessions.refetch()} /> : null}
        {end.one.error ?? end.others.error ? <ErrorNote what={t("profile.endFailed")} error={end.one.error ?? end.others.error} /> : null}
        <table className={styles["rows"]}>
          <thead>
            <tr>
              <th scope="col">{t("profile.device")}</th>
              <th scope="col">{t("profile.address")}</th>
              <th scope="col">{t("profile.since")}</th>
              <th scope="col">{t("profile.lastSeen")}</th>
              <th scope="col">
                <span className="visually-hidden">{t("profile.end")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {list.map((session) => (
              <tr key={session.id}>
                <td className={styles["agent"]} title={session.user_agent}>
                  {deviceOf(session.user_agent)}
                </td>
                <td>{session.address}</td>
                <td>
                  <TimeText value={session.created_at} />
                </td>
                <td>
                  <TimeText value={session.last_seen_at} />
                </td>
                <td>
                  {session.current ? (
                    <StatusWord tone="ok">{t("profile.here")}</StatusWord>
                  ) : (
                    <Button
                      size="small"
                      onClick={() => {
                        end.one.mutate(session.id);
                      }}
                    >
                      {t("profile.end")}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
      <Section title={t("profile.attempts")} note={t("profile.attemptsNote")}>
        {attempts.error ? <ErrorNote what={t("profile.loadFailed")} error={attempts.error} onRetry={() => void attempts.refetch()} /> : null}
        <table className={styles["rows"]}>
          <thead>
            <tr>
              <th scope="col">{t("profile.at")}</th>
              <th scope="col">{t("profile.result")}</th>
              <th scope="col">{t("profile.address")}</th>
              <th scope="col">{t("profile.device")}</th>
            </tr>
          </thead>
          <tbody>
            {(attempts.data?.items ?? []).map((attempt) => (
              <tr key={attempt.id}>
                <td>
                  <TimeText value={attempt.at} />
                </td>
                <td>
                  {attempt.result === "signed_in" ? (
                    <StatusWord tone="ok">{t("profile.signedIn")}</StatusWord>
                  ) : (
                    <StatusWord tone="warning">{errorText(attempt.result, t("profile.refused"))}</StatusWord>
                  )}
                </td>
                <td>{attempt.address}</td>
                <td className={styles["agent"]} title={attempt.user_agent}>
                  {deviceOf(attempt.user_agent)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
    </>
  );
}
