import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useLanguage } from "@/lib/i18n/hooks";
import type { ReviewItem, Verdict } from "./api/review-sheet";
import styles from "./reviews.module.css";

interface Props {
  item: ReviewItem;
  /** Whether the person stands in the row before. */
  again: boolean;
  current: boolean;
  editable: boolean;
  /** The reason is being typed: the role will be revoked with it. */
  revoking: boolean;
  onCurrent: () => void;
  onRevoking: (revoking: boolean) => void;
  onVerdict: (verdict: Verdict) => void;
}

/** One role of one person: keep or revoke. */
export function ReviewRow({ item, again, current, editable, revoking, onCurrent, onRevoking, onVerdict }: Props) {
  const { t } = useTranslation("reviews");
  const chinese = useLanguage() === "zh-CN";
  const [reason, setReason] = useState(item.reason);
  const revoke = () => {
    if (reason.trim() === "") return;
    onVerdict({ item_id: item.id, verdict: "revoke", reason: reason.trim() });
    onRevoking(false);
  };
  return (
    <tr data-current={current || undefined} aria-current={current || undefined} onClick={onCurrent}>
      <th scope="row" data-again={again || undefined}>
        {again ? <span className="visually-hidden">{`${item.number} ${item.name}`}</span> : `${item.number} ${item.name}`}
      </th>
      <td>
        {chinese ? item.role_zh : item.role_en} {item.grave ? <StatusWord tone="warning">{t("grave")}</StatusWord> : null}
      </td>
      <td>{item.centre_name}</td>
      <td>{item.last_sign_in_at === null ? t("never") : <TimeText value={item.last_sign_in_at} />}</td>
      <td>
        <TimeText value={item.granted_at} />
      </td>
      <td>
        {editable ? (
          <div className={styles["verdict"]}>
            <Button
              size="small"
              type={item.verdict === "keep" ? "primary" : "default"}
              aria-pressed={item.verdict === "keep"}
              onClick={() => { onVerdict({ item_id: item.id, verdict: "keep", reason: "" }); }}
            >
              {t("keep")}
            </Button>
            <Button
              size="small"
              danger
              type={item.verdict === "revoke" ? "primary" : "default"}
              aria-pressed={item.verdict === "revoke"}
              onClick={() => { onRevoking(true); }}
            >
              {t("revoke")}
            </Button>
          </div>
        ) : item.verdict === "keep" ? (
          <StatusWord tone="ok">{t("keep")}</StatusWord>
        ) : item.verdict === "revoke" ? (
          <StatusWord tone="fault">{item.outcome === "gone" ? t("gone") : t("revoke")}</StatusWord>
        ) : (
          t("undecided")
        )}
      </td>
      <td>
        {revoking ? (
          <Input
            autoFocus
            size="small"
            value={reason}
            maxLength={500}
            placeholder={t("revokeWhy")}
            aria-label={t("revokeWhy")}
            onChange={(event) => { setReason(event.target.value); }}
            onPressEnter={revoke}
            onBlur={() => {
              if (reason.trim() === "") onRevoking(false);
              else revoke();
            }}
            onKeyDown={(event) => {
              if (event.key === "Escape") {
                event.stopPropagation();
                setReason(item.reason);
                onRevoking(false);
              }
            }}
          />
        ) : (
          <span title={item.reason}>{item.reason}</span>
        )}
      </td>
    </tr>
  );
}
