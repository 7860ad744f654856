import { useQuery } from "@tanstack/react-query";
import { App, Button, Skeleton, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { asApiError } from "@/lib/api/error";
import { errorText } from "@/lib/i18n/error-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { useSession } from "@/lib/session/use-session";
import { dutyRulesQuery, useDeleteDutyRule, type DutyRule } from "../api/duty-rules";
import { DutyRuleDialog } from "./duty-rule-dialog";
import { usePermissionWords } from "./permission-words";
import styles from "./roles.module.css";

/** Pairs of permissions that one person may not hold; the program's own cannot be changed. */
export function DutyRules() {
  const { t } = useTranslation("roles");
  const language = useLanguage();
  const { can, national } = useSession();
  const { modal, message } = App.useApp();
  const { nameOf } = usePermissionWords();
  const query = useQuery(dutyRulesQuery());
  const remove = useDeleteDutyRule();
  const [editing, setEditing] = useState<{ rule?: DutyRule } | null>(null);
  const editor = can("identity.duty.edit") && national;

  const confirmRemove = (rule: DutyRule) => {
    void modal.confirm({
      title: t("rules.removeTitle"),
      content: t("rules.removeConsequence", { first: nameOf(rule.first), second: nameOf(rule.second) }),
      okText: t("remove"),
      okButtonProps: { danger: true },
      onOk: async () => {
        try {
          await remove.mutateAsync(rule);
        } catch (error) {
          const problem = asApiError(error);
          void message.error(errorText(problem.code, problem.detail));
        }
      },
    });
  };
  const permission = (code: string) => (
    <td>
      <div>{nameOf(code)}</div>
      <div className={styles["code"]}>{code}</div>
    </td>
  );

  return (
    <div className={styles["scroll"]}>
      <p className={styles["muted"]}>{t("rules.note")}</p>
      {editor ? (
        <p>
          <Button
            type="primary"
            onClick={() => {
              setEditing({});
            }}
          >
            {t("rules.create")}
          </Button>
        </p>
      ) : null}
      {query.error ? (
        <ErrorNote what={t("rules.loadFailed")} error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Skeleton active title={false} />
      ) : (
        <table className={styles["rules"]}>
          <thead>
            <tr>
              <th scope="col">{t("rules.first")}</th>
              <th scope="col">{t("rules.second")}</th>
              <th scope="col">{t("rules.reason")}</th>
              <th scope="col">{t("rules.origin")}</th>
              <th scope="col">{t("rules.actions")}</th>
            </tr>
          </thead>
          <tbody>
            {query.data.map((rule) => (
              <tr key={rule.id}>
                {permission(rule.first)}
                {permission(rule.second)}
                <td>{language === "zh-CN" ? rule.reason_zh : rule.reason_en}</td>
                <td>{rule.built_in ? <Tag>{t("rules.builtIn")}</Tag> : rule.updated_by}</td>
                <td>
                  {editor && !rule.built_in ? (
                    <>
                      <Button
                        size="small"
                        onClick={() => {
                          setEditing({ rule });
                        }}
                      >
                        {t("edit")}
                      </Button>{" "}
                      <Button
                        size="small"
                        danger
                        onClick={() => {
                          confirmRemove(rule);
                        }}
                      >
                        {t("remove")}
                      </Button>
                    </>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {editing ? (
        <DutyRuleDialog
          rule={editing.rule}
          onClose={() => {
            setEditing(null);
          }}
        />
      ) : null}
    </div>
  );
}
