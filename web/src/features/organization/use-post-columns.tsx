import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { StatusWord } from "@/components/status-word";
import { useLanguage } from "@/lib/i18n/hooks";
import type { Post } from "./api/posts";
import styles from "./people.module.css";

/** How many of the holders have acknowledged, as figure and bar. */
export function Progress({ done, of }: { done: number; of: number }) {
  const { t } = useTranslation("staff");
  return (
    <span className={styles["progress"]}>
      <meter min={0} max={Math.max(of, 1)} value={done} aria-label={t("posts.acknowledged")} />
      <span className="figures">{t("posts.progress", { done, of })}</span>
    </span>
  );
}

export function usePostColumns(): Column<Post>[] {
  const { t } = useTranslation(["staff", "common"]);
  const language = useLanguage();
  const none = t("common:none");
  return [
    { key: "code", title: t("staff:posts.code"), width: 136, render: (row) => row.code },
    { key: "name", title: t("staff:posts.name"), render: (row) => (language === "en" ? row.name_en : row.name_zh) },
    { key: "class", title: t("staff:postClass"), width: 112, inDetails: true, render: (row) => t(`staff:classes.${row.class}`) },
    {
      key: "description",
      title: t("staff:posts.description"),
      width: 184,
      render: (row) =>
        row.state === "closed" ? (
          <StatusWord tone="idle">{t("staff:posts.closed")}</StatusWord>
        ) : row.issued_edition === 0 ? (
          <StatusWord tone="warning">{t("staff:posts.notIssued")}</StatusWord>
        ) : row.due ? (
          <StatusWord tone="warning">{t("staff:posts.dueEdition", { edition: row.issued_edition })}</StatusWord>
        ) : (
          <StatusWord tone="ok">{t("staff:posts.issuedEdition", { edition: row.issued_edition })}</StatusWord>
        ),
    },
    { key: "draft", title: t("staff:posts.draft"), width: 112, inDetails: true, render: (row) => (row.draft_edition > 0 ? t("staff:posts.edition", { edition: row.draft_edition }) : none) },
    { key: "review_by", title: t("staff:posts.reviewBy"), width: 120, inDetails: true, render: (row) => <span className="figures">{row.review_by || none}</span> },
    { key: "acknowledged", title: t("staff:posts.acknowledged"), width: 168, render: (row) => (row.issued_edition > 0 ? <Progress done={row.acknowledged} of={row.holders} /> : none) },
  ];
}
