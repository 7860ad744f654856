import { DisconnectOutlined, LoadingOutlined, SyncOutlined, ThunderboltOutlined } from "@ant-design/icons";
import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import type { Connection } from "@/lib/live/connection";
import styles from "./navigation.module.css";

const ICONS = {
  starting: LoadingOutlined,
  live: ThunderboltOutlined,
  polling: SyncOutlined,
  lost: DisconnectOutlined,
} satisfies Record<Connection, unknown>;

/** What the connection is like, in words. */
export function ConnectionWord({ connection, collapsed }: { connection: Connection; collapsed: boolean }) {
  const { t } = useTranslation("shell");
  const Icon = ICONS[connection];
  const word = t(`connection.${connection}`);
  const hint =
    connection === "live" ? t("connection.liveHint") : connection === "polling" ? t("connection.pollingHint") : undefined;
  return (
    <Tooltip title={collapsed ? word : hint} placement="right">
      <div className={styles["connection"]} data-connection={connection}>
        <Icon aria-hidden />
        <span className={collapsed ? "visually-hidden" : undefined}>{word}</span>
      </div>
    </Tooltip>
  );
}
