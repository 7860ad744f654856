import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { asApiError } from "@/lib/api/error";
import { useLanguage } from "@/lib/i18n/hooks";
import { ownPostQuery, useAcknowledgePost } from "../api/own";
import styles from "./profile.module.css";
import { Section } from "./section";

/** One's post and its job description, to acknowledge. */
export function OwnPost() {
  const { t } = useTranslation("identity");
  const chinese = useLanguage() === "zh-CN";
  const post = useQuery(ownPostQuery);
  const acknowledge = useAcknowledgePost();
  const none = post.error !== null && asApiError(post.error).status === 404;
  if (none) {
    return (
      <Section title={t("post.title")}>
        <p className={styles["muted"]}>{t("post.none")}</p>
      </Section>
    );
  }
  if (post.error) {
    return <ErrorNote what={t("profile.loadFailed")} error={post.error} onRetry={() => void post.refetch()} />;
  }
  if (post.data === undefined) return null;
  const { post: own, description, acknowledged_at: at } = post.data;
  const parts = [
    { name: t("post.duties"), text: description.duties },
    { name: t("post.authority"), text: description.authority },
    { name: t("post.subordinates"), text: description.subordinates },
    { name: t("post.qualifications"), text: description.qualifications },
    { name: t("post.reportsTo"), text: chinese ? description.reports_to_zh : description.reports_to_en },
  ].filter(({ text }) => text !== "");
  return (
    <Section title={t("post.titleOf", { post: chinese ? own.name_zh : own.name_en })} note={t("post.edition", { edition: description.edition })}>
      <dl className={styles["duties"]}>
        {parts.map(({ name, text }) => [<dt key={`${name}.`}>{name}</dt>, <dd key={name}>{text}</dd>])}
      </dl>
      {acknowledge.error ? <ErrorNote what={t("post.acknowledgeFailed")} error={acknowledge.error} /> : null}
      {at !== null ? (
        <StatusWord tone="ok">{t("post.acknowledged")}</StatusWord>
      ) : (
        <Button
          type="primary"
          loading={acknowledge.isPending}
          onClick={() => {
            acknowledge.mutate(description.id);
          }}
        >
          {t("post.acknowledge")}
        </Button>
      )}{" "}
      {at !== null ? <TimeText value={at} /> : null}
    </Section>
  );
}
