import { Button } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ToneIcon } from "@/components/status-word";
import { clockTime } from "@/lib/format/time";
import type { Connection } from "@/lib/live/connection";
import { useLastAnswerAt, useLiveClient } from "@/lib/live/context";
import { bundleVersion } from "@/lib/version";
import styles from "./shell.module.css";

const BACK_MS = 5_000;

interface Props {
  connection: Connection;
  serverVersion: string | undefined;
}

/** What concerns every page: the server is away, is back, or is newer than this page. */
export function Banners({ connection, serverVersion }: Props) {
  const { t } = useTranslation("shell");
  const queries = useQueryClient();
  const live = useLiveClient();
  const asOf = useLastAnswerAt();
  const back = useJustBack(connection);
  const lost = connection === "lost";
  const newer = serverVersion !== undefined && bundleVersion !== "dev" && serverVersion !== bundleVersion;
  return (
    <div role="status" aria-label={t("connection.label")} className={styles["banners"]}>
      {lost ? (
        <div className={styles["banner"]} data-tone="fault">
          <ToneIcon tone="fault" />
          <strong>{t("lost.title")}</strong>
          <span>{asOf === null ? null : t("lost.asOf", { time: clockTime(new Date(asOf)) })}</span>
          <Button
            size="small"
            onClick={() => {
              live.retryNow();
              void queries.invalidateQueries();
            }}
          >
            {t("lost.retry")}
          </Button>
        </div>
      ) : null}
      {back && !lost ? (
        <div className={styles["banner"]} data-tone="ok">
          <ToneIcon tone="ok" />
          <span>{t("lost.back")}</span>
        </div>
      ) : null}
      {newer ? (
        <div className={styles["banner"]} data-tone="info">
          <ToneIcon tone="info" />
          <span>{t("upgrade.title", { version: serverVersion })}</span>
          <Button
            size="small"
            onClick={() => {
              window.location.reload();
            }}
          >
            {t("upgrade.reload")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** True for a few seconds after the server came back. */
function useJustBack(connection: Connection): boolean {
  const [seen, setSeen] = useState(connection);
  const [back, setBack] = useState(false);
  if (seen !== connection) {
    setSeen(connection);
    if (seen === "lost") setBack(true);
  }
  useEffect(() => {
    if (!back) return undefined;
    const timer = window.setTimeout(() => {
      setBack(false);
    }, BACK_MS);
    return () => {
      window.clearTimeout(timer);
    };
  }, [back]);
  return back;
}
