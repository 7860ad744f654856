import { Button, Input, Tooltip, type InputRef } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { errorText } from "@/lib/i18n/error-text";
import { useActOnApproval } from "./api/decide-approval";
import type { FullApproval } from "./api/get-approval";
import styles from "./approval.module.css";

const LONGEST = 1000;

interface Props {
  approval: FullApproval;
  /** The request was decided or taken back: go on to the next one. */
  onDone: () => void;
}

/** Approve with a, refuse with r and a word why; take back what one asked for; or say something about it. */
export function DecisionBox({ approval, onDone }: Props) {
  const { t } = useTranslation("approval");
  const [comment, setComment] = useState("");
  const [missing, setMissing] = useState(false);
  const field = useRef<InputRef>(null);
  const acting = useActOnApproval();
  const open = approval.state === "open";
  const run = (act: "approve" | "refuse" | "withdraw" | "remark") => {
    const text = comment.trim();
    if ((act === "refuse" || act === "remark") && text === "") {
      setMissing(true);
      field.current?.focus();
      return;
    }
    setMissing(false);
    acting.mutate(
      { id: approval.id, act, text },
      {
        onSuccess: () => {
          setComment("");
          if (act !== "remark") onDone();
        },
      },
    );
  };
  const enabled = open && approval.may_decide && !acting.isPending;
  useShortcut({ id: "approval.approve", keys: "a", label: t("approve"), group: "page", enabled, run: () => { run("approve"); } });
  useShortcut({ id: "approval.refuse", keys: "r", label: t("refuse"), group: "page", enabled, run: () => { run("refuse"); } });
  const busy = (act: string) => acting.isPending && acting.variables.act === act;

  return (
    <section className={styles["decision"]} aria-label={t("decision")}>
      {open && !approval.may_decide && approval.why_not !== "approval.not_decider" ? (
        <p className={styles["muted"]}>{errorText(approval.why_not, "")}</p>
      ) : null}
      <Input.TextArea
        ref={field}
        value={comment}
        maxLength={LONGEST}
        autoSize={{ minRows: 1, maxRows: 5 }}
        status={missing ? "error" : undefined}
        aria-label={t("comment")}
        aria-invalid={missing}
        placeholder={t(approval.may_decide ? "commentHint" : "remarkHint")}
        onChange={(event) => {
          setComment(event.target.value);
          setMissing(false);
        }}
      />
      {missing ? (
        <p role="alert" className={styles["missing"]}>
          {t("commentMissing")}
        </p>
      ) : null}
      {acting.error ? <ErrorNote what={t("notDone")} error={acting.error} /> : null}
      <div className={styles["buttons"]}>
        {open && approval.may_decide ? (
          <>
            <Tooltip title={t("approveKey")}>
              <Button type="primary" loading={busy("approve")} disabled={!enabled} onClick={() => { run("approve"); }}>
                {t("approve")}
              </Button>
            </Tooltip>
            <Tooltip title={t("refuseKey")}>
              <Button danger loading={busy("refuse")} disabled={!enabled} onClick={() => { run("refuse"); }}>
                {t("refuse")}
              </Button>
            </Tooltip>
          </>
        ) : null}
        {approval.may_withdraw ? (
          <Button loading={busy("withdraw")} disabled={acting.isPending} onClick={() => { run("withdraw"); }}>
            {t("withdraw")}
          </Button>
        ) : null}
        <Button type="text" loading={busy("remark")} disabled={acting.isPending} onClick={() => { run("remark"); }}>
          {t("remark")}
        </Button>
      </div>
    </section>
  );
}
