import { DownOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { ReasonDialog } from "@/components/reason-dialog";
import { asApiError } from "@/lib/api/error";
import { errorText } from "@/lib/i18n/error-text";
import { useSession } from "@/lib/session/use-session";
import styles from "./accounts.module.css";
import type { FullAccount } from "./api/accounts";
import { useAskAccount } from "./api/ask-account";
import { useFirstPassword, useHelpAccount, type HelpAct } from "./api/help-account";

type Asked = "suspend" | "resume" | "leave";
type Act = Asked | HelpAct;

const ASKED: readonly Act[] = ["suspend", "resume", "leave"];

function isAsked(act: Act): act is Asked {
  return ASKED.includes(act);
}

/** What else can be done to an account: asked of another person, or done at once where the right allows it. */
export function AccountActions({ account }: { account: FullAccount }) {
  const { t } = useTranslation("accounts");
  const { can } = useSession();
  const { message } = App.useApp();
  const [act, setAct] = useState<Act | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const asking = useAskAccount();
  const helping = useHelpAccount();
  const first = useFirstPassword();
  const active = account.state === "active";
  const entries: { key: Act; shown: boolean; danger?: boolean }[] = [
    { key: "suspend", shown: active && can("identity.account.request") },
    { key: "resume", shown: account.state === "suspended" && can("identity.account.request") },
    { key: "leave", shown: can("identity.account.request"), danger: true },
    { key: "suspend-now", shown: active && can("identity.account.emergency"), danger: true },
    { key: "reset-password", shown: account.has_password && can("identity.credential.reset") },
    { key: "unlock", shown: can("identity.credential.reset") },
    { key: "disable-totp", shown: account.totp && can("identity.credential.reset"), danger: true },
    { key: "end-sessions", shown: can("identity.session.manage"), danger: true },
  ];
  const shown = entries.filter((entry) => entry.shown);

  const confirm = async (reason: string) => {
    if (act === null) return;
    if (isAsked(act)) {
      await asking.mutateAsync({ act, staff_id: account.staff_id, grants: [], reason });
      void message.success(t("asked"));
      return;
    }
    const temporary = await helping.mutateAsync({ id: account.id, act, reason });
    if (temporary === "") void message.success(t("done"));
    else setSecret(temporary);
  };
  const firstPassword = () => {
    first.mutate(
      { id: account.id, delivery: "show" },
      {
        onSuccess: setSecret,
        onError: (error) => {
          const problem = asApiError(error);
          void message.error(errorText(problem.code, problem.detail));
        },
      },
    );
  };

  return (
    <>
      {!account.has_password && active && can("identity.account.request") ? (
        <Button loading={first.isPending} onClick={firstPassword}>
          {t("issueFirst")}
        </Button>
      ) : null}
      {shown.length > 0 ? (
        <Dropdown
          autoFocus
          trigger={["click"]}
          menu={{
            items: shown.map(({ key, danger }) => ({ key, danger, label: t(`acts.${key}`) })),
            onClick: ({ key, domEvent }) => {
              // Else the Enter that chose would go on to press the first button of what opens.
              domEvent.preventDefault();
              setAct(shown.find((entry) => entry.key === key)?.key ?? null);
            },
          }}
        >
          <Button>
            {t("more")}
            <DownOutlined aria-hidden />
          </Button>
        </Dropdown>
      ) : null}
      <ReasonDialog
        open={act !== null}
        title={act === null ? "" : t(`acts.${act}`)}
        consequence={act === null ? "" : t(`consequences.${act}`, { who: `${account.number} ${account.name}` })}
        danger={entries.find(({ key }) => key === act)?.danger}
        onConfirm={confirm}
        onClose={() => { setAct(null); }}
      />
      <Modal
        open={secret !== null}
        title={t("temporaryTitle")}
        cancelButtonProps={{ style: { display: "none" } }}
        onOk={() => { setSecret(null); }}
        onCancel={() => { setSecret(null); }}
      >
        <p>{t("temporaryHint", { who: `${account.number} ${account.name}` })}</p>
        <p className={styles["secret"]}>{secret}</p>
        {secret === null ? null : <CopyCode value={secret} />}
      </Modal>
    </>
  );
}
