import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Skeleton } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { SafeHtml } from "@/components/safe-html";
import { useLanguage } from "@/lib/i18n/hooks";
import { ownPoliciesQuery, useAcknowledgePolicy, type OwnPolicy } from "./api/own-policies";
import styles from "./identity.module.css";

/** The policies that must be read and acknowledged before anything else, one after the other. */
export function PolicyStep({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("identity");
  const policies = useQuery(ownPoliciesQuery);
  const due = policies.data?.filter((policy) => policy.due && policy.acknowledged_at === null);
  const [first] = due ?? [];
  if (policies.error) return <ErrorNote what={t("policy.failed")} error={policies.error} onRetry={() => void policies.refetch()} />;
  if (due === undefined) return <Skeleton active title={false} paragraph={{ rows: 8 }} />;
  if (first === undefined) return <Button onClick={onDone}>{t("policy.goOn")}</Button>;
  return <Reading key={`${first.id} ${first.number}`} policy={first} left={due.length} onLast={onDone} />;
}

function Reading({ policy, left, onLast }: { policy: OwnPolicy; left: number; onLast: () => void }) {
  const { t } = useTranslation("identity");
  const chinese = useLanguage() === "zh-CN";
  const acknowledge = useAcknowledgePolicy();
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(false);
  const [read, setRead] = useState(false);
  const look = () => {
    const element = box.current;
    if (element && element.scrollTop + element.clientHeight >= element.scrollHeight - 8) setAtEnd(true);
  };
  // A text that needs no scrolling is in sight as a whole.
  useEffect(look, []);
  return (
    <>
      <h2 className={styles["policyTitle"]}>{chinese ? policy.title_zh : policy.title_en}</h2>
      {policy.change_note ? <p className={styles["muted"]}>{t("policy.changed", { note: policy.change_note })}</p> : null}
      <div ref={box} className={styles["policy"]} tabIndex={0} role="region" aria-label={t("policy.text")} onScroll={look}>
        <SafeHtml html={chinese ? policy.html_zh : policy.html_en} />
      </div>
      {acknowledge.error ? (
        <div className={styles["note"]}>
          <ErrorNote what={t("policy.acknowledgeFailed")} error={acknowledge.error} />
        </div>
      ) : null}
      <div className={styles["policyFoot"]}>
        <Checkbox
          checked={read}
          disabled={!atEnd}
          onChange={(event) => {
            setRead(event.target.checked);
          }}
        >
          {t(atEnd ? "policy.read" : "policy.scroll")}
        </Checkbox>
        <Button
          type="primary"
          disabled={!read}
          loading={acknowledge.isPending}
          onClick={() => {
            acknowledge.mutate(policy, { onSuccess: left === 1 ? onLast : undefined });
          }}
        >
          {t("policy.acknowledge", { count: left })}
        </Button>
      </div>
    </>
  );
}
