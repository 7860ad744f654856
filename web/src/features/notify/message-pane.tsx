import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { DetailsList } from "@/components/details-list";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { errorText } from "@/lib/i18n/error-text";
import type { Message } from "./api/list-messages";
import { MessageState } from "./message-state";
import styles from "./notify.module.css";

/** One message: what became of it first, then the rest. */
export function MessagePane({ message, onClose }: { message: Message | undefined; onClose: () => void }) {
  const { t } = useTranslation("notify");
  if (!message) {
    return (
      <SidePane title={t("details")} label={t("details")} onClose={onClose}>
        <p className={styles["muted"]}>{t("notLoaded")}</p>
      </SidePane>
    );
  }
  const { state } = message;
  const why = errorText(message.error_code, message.error);
  return (
    <SidePane
      title={message.subject || t("toRecipient", { channel: t(`channels.${message.channel}`), recipient: message.recipient })}
      label={t("details")}
      onClose={onClose}
    >
      <section className={styles["outcome"]} data-state={message.state}>
        <MessageState state={message.state} />
        {state === "failed" ? null : <p>{t(`outcomes.${state}`)}</p>}
        {why ? <p>{why}</p> : null}
        {message.error && message.error !== why ? <p className={styles["muted"]}>{message.error}</p> : null}
        {message.error_code ? <CopyCode value={message.error_code} /> : null}
      </section>
      <DetailsList
        items={[
          { name: t("channel"), value: t(`channels.${message.channel}`) },
          { name: t("recipient"), value: message.recipient },
          { name: t("attempts"), value: message.attempts },
          { name: t("createdAt"), value: <TimeText value={message.created_at} full /> },
          { name: t("sentAt"), value: message.sent_at ? <TimeText value={message.sent_at} full /> : "" },
          { name: t("id"), value: <CopyCode value={message.id} /> },
        ]}
      />
    </SidePane>
  );
}
