import { Button } from "antd";
import { useSession } from "@/lib/session/use-session";
import { useTranslation } from "react-i18next";
import { StatusWord, type Tone } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import type { Delivery } from "./api/list-deliveries";
import styles from "./webhook.module.css";

const TONES: Record<Delivery["state"], Tone> = { pending: "idle", delivered: "ok", failed: "fault" };

interface Props {
  delivery: Delivery;
  replaying: boolean;
  onReplay: () => void;
}

/** One delivery in two lines: what happened, and why it is not done yet. */
export function DeliveryRow({ delivery, replaying, onReplay }: Props) {
  const { t } = useTranslation("webhook");
  const facts = [t("tries", { count: delivery.attempts })];
  if (delivery.status_code > 0) facts.push(t("answered", { status: delivery.status_code }));
  const mayReplay = useSession().can("webhook.edit");
  return (
    <li>
      <div className={styles["line"]}>
        <StatusWord tone={TONES[delivery.state]}>{t(`deliveryStates.${delivery.state}`)}</StatusWord>
        <span className={styles["topic"]} title={delivery.topic}>
          {delivery.topic}
        </span>
        <TimeText value={delivery.created_at} />
        {delivery.state === "pending" || !mayReplay ? null : (
          <Button
            size="small"
            type="text"
            loading={replaying}
            aria-label={t("replayOf", { topic: delivery.topic })}
            onClick={onReplay}
          >
            {t("replay")}
          </Button>
        )}
      </div>
      <div className={styles["under"]}>
        <span>{facts.join(t("separator"))}</span>
        {delivery.state !== "delivered" && delivery.last_error ? (
          <span className={styles["why"]} title={delivery.last_error}>
            {delivery.last_error}
          </span>
        ) : null}
        {delivery.state === "pending" && delivery.next_attempt_at ? (
          <span>
            {t("nextAttempt")} <TimeText value={delivery.next_attempt_at} />
          </span>
        ) : null}
      </div>
    </li>
  );
}
