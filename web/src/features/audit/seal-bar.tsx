import { useQuery } from "@tanstack/react-query";
import { App, Button, Popover } from "antd";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { StatusWord, type Tone } from "@/components/status-word";
import { asApiError } from "@/lib/api/error";
import { fullTime, shortTime } from "@/lib/format/time";
import { useNow } from "@/lib/format/use-now";
import { errorText } from "@/lib/i18n/error-text";
import { useSession } from "@/lib/session/use-session";
import { sealQuery, type Seal } from "./api/get-seal";
import { useVerifyAudit } from "./api/verify-audit";
import styles from "./audit.module.css";

const TONES = { whole: "ok", late: "warning", wrong: "fault", empty: "idle" } satisfies Record<Seal["condition"], Tone>;

/** What the button looks at: as far back as the nightly verification. */
const VERIFY_DAYS = 35;

/** How the audit is sealed, in words. */
export function SealBar() {
  const { t } = useTranslation("audit");
  const { can } = useSession();
  const { data } = useQuery({ ...sealQuery, enabled: can("audit.seal.read") });
  const now = useNow(60_000);
  if (!data) return null;
  const { condition } = data;
  return (
    <div className={styles["seal"]} data-condition={condition} role="status">
      <StatusWord tone={TONES[condition]}>{t(`conditions.${condition === "whole" && !data.verified_at ? "unverified" : condition}`)}</StatusWord>
      <span>
        {data.last_made_at ? t("lastSealed", { number: data.last_number, time: shortTime(new Date(data.last_made_at), now) }) : null}{" "}
        {condition === "late" ? t("waits", { count: Math.floor(data.waiting_seconds / 60) }) : null}{" "}
        {data.verified_at
          ? t("lastVerified", { time: shortTime(new Date(data.verified_at), now), count: data.verified_entries })
          : t("neverVerified")}{" "}
        {data.wrong > 0 ? t("wrong", { count: data.wrong }) : null}
      </span>
      {data.wrong > 0 ? <span className={styles["first"]}>{data.first_wrong}</span> : null}
      <span className={styles["sealActions"]}>
        {data.last_number > 0 ? <SealDetails seal={data} /> : null}
        {can("audit.seal.verify") ? <VerifyButton /> : null}
      </span>
    </div>
  );
}

function VerifyButton() {
  const { t } = useTranslation("audit");
  const { message } = App.useApp();
  const verify = useVerifyAudit();
  return (
    <Button
      size="small"
      loading={verify.isPending}
      onClick={() => {
        verify.mutate(VERIFY_DAYS, {
          onSuccess: (result) => {
            const words = { entries: result.entries, batches: result.batches, count: result.wrong };
            if (result.wrong > 0) void message.error(t("verifiedWrong", words));
            else void message.success(t("verifiedWhole", words));
          },
          onError: (error) => {
            const problem = asApiError(error);
            void message.error(errorText(problem.code, problem.detail));
          },
        });
      }}
    >
      {t("verify")}
    </Button>
  );
}

/** What an auditor notes down. */
function SealDetails({ seal }: { seal: Seal }) {
  const { t } = useTranslation("audit");
  const content = (
    <dl className={styles["sealDetails"]}>
      <dt>{t("publicKey")}</dt>
      <dd>
        <CopyCode value={seal.public_key} wrap />
      </dd>
      <dt>{t("head", { number: seal.last_number })}</dt>
      <dd>
        <CopyCode value={`${String(seal.last_number)}=${seal.last_head}`} wrap />
      </dd>
      <dt>{t("madeAt")}</dt>
      <dd>{seal.last_made_at ? fullTime(new Date(seal.last_made_at)) : null}</dd>
      <dt>{t("command")}</dt>
      <dd>
        <CopyCode value={`yingda audit verify --public-key ${seal.public_key}`} wrap />
      </dd>
    </dl>
  );
  return (
    <Popover trigger="click" placement="bottomRight" title={t("noteDown")} content={content}>
      <Button size="small" type="text">
        {t("sealDetails")}
      </Button>
    </Popover>
  );
}
