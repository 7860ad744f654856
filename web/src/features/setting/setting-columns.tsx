import { LockOutlined } from "@ant-design/icons";
import { Tag, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { StatusWord } from "@/components/status-word";
import type { Setting } from "./api/settings";
import styles from "./setting.module.css";
import { useSettingWords } from "./use-setting-words";

/** The columns of the list: what holds, where it comes from, and what stands in its way. */
export function useSettingColumns(): Column<Setting>[] {
  const { t } = useTranslation("setting");
  const words = useSettingWords();
  return [
    { key: "group", title: t("group"), width: 130, inDetails: true, render: words.groupOf },
    { key: "title", title: t("title"), render: (row) => words.titleOf(row) },
    { key: "value", title: t("value"), width: 200, render: (row) => words.valueOf(row, row.effective) },
    {
      key: "source",
      title: t("source"),
      width: 150,
      inDetails: true,
      render: (row) => (
        <>
          <Tag color={words.sourceOf(row).own ? "blue" : undefined}>{words.sourceOf(row).word}</Tag>
          {row.fixed ? (
            <Tooltip title={`${words.lockOf("fixed")}: ${row.fixed.name}`}>
              <LockOutlined aria-label={words.lockOf("fixed")} />
            </Tooltip>
          ) : row.floor ? (
            <Tooltip title={`${words.lockOf("floor")}: ${row.floor.name} ${words.valueOf(row, row.floor_value)}`}>
              <LockOutlined aria-label={words.lockOf("floor")} />
            </Tooltip>
          ) : null}
        </>
      ),
    },
    {
      key: "state",
      title: t("state"),
      width: 140,
      inDetails: true,
      render: (row) =>
        row.pending ? (
          <StatusWord tone="info">{t("pending")}</StatusWord>
        ) : row.verdict === "yielded" || row.verdict === "ignored" ? (
          <StatusWord tone="warning">{t("overtaken")}</StatusWord>
        ) : row.important ? (
          <span className={styles["muted"]}>{t("important")}</span>
        ) : null,
    },
  ];
}
