import { useQuery } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { SafeHtml } from "@/components/safe-html";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { ownPoliciesQuery, type OwnPolicy } from "../api/own-policies";
import styles from "./profile.module.css";
import { Section } from "./section";

/** The policies that one has acknowledged, to read again. */
export function OwnPolicies() {
  const { t } = useTranslation("identity");
  const chinese = useLanguage() === "zh-CN";
  const policies = useQuery(ownPoliciesQuery);
  const [open, setOpen] = useState<OwnPolicy | null>(null);
  const titleOf = (policy: OwnPolicy) => (chinese ? policy.title_zh : policy.title_en);
  const list = policies.data ?? [];
  return (
    <Section title={t("profile.policies")} note={t("profile.policiesNote")}>
      {policies.error ? <ErrorNote what={t("policy.failed")} error={policies.error} onRetry={() => void policies.refetch()} /> : null}
      {policies.data?.length === 0 ? <p className={styles["muted"]}>{t("profile.noPolicies")}</p> : null}
      {list.length > 0 ? (
        <table className={styles["rows"]}>
          <tbody>
            {list.map((policy) => (
              <tr key={policy.id}>
                <td>{titleOf(policy)}</td>
                <td>
                  {policy.acknowledged_at === null ? (
                    <StatusWord tone="warning">{t("profile.notAcknowledged")}</StatusWord>
                  ) : (
                    <TimeText value={policy.acknowledged_at} />
                  )}
                </td>
                <td>
                  <Button
                    size="small"
                    onClick={() => {
                      setOpen(policy);
                    }}
                  >
                    {t("profile.readAgain")}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      <Modal
        open={open !== null}
        width={680}
        footer={null}
        title={open ? titleOf(open) : ""}
        onCancel={() => {
          setOpen(null);
        }}
      >
        {open ? <SafeHtml html={chinese ? open.html_zh : open.html_en} /> : null}
      </Modal>
    </Section>
  );
}
