import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Progress, Skeleton, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { ErrorNote } from "@/components/error-note";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { sheetQuery, useDecideItems, type FullSheet } from "./api/review-sheet";
import { ReviewRow } from "./reviews-row";
import { SignDialog } from "./reviews-sign";
import styles from "./reviews.module.css";

interface Props {
  id: string;
  onBack: () => void;
}

/** A sheet: every role of every person, kept or revoked by a key, then signed. */
export function SheetView({ id, onBack }: Props) {
  const { t } = useTranslation("reviews");
  const sheet = useQuery(sheetQuery(id));
  if (sheet.data === undefined) {
    return (
      <div className={styles["blank"]}>
        {sheet.error ? (
          <ErrorNote what={t("sheetFailed")} error={sheet.error} onRetry={() => void sheet.refetch()} />
        ) : (
          <Skeleton active title={false} paragraph={{ rows: 10 }} />
        )}
      </div>
    );
  }
  return <SheetTable key={id} full={sheet.data} onBack={onBack} />;
}

function SheetTable({ full, onBack }: { full: FullSheet; onBack: () => void }) {
  const { t } = useTranslation("reviews");
  const { can } = useSession();
  const { sheet } = full;
  const items = full.items;
  const deciding = useDecideItems(sheet.id);
  const [at, setAt] = useState(() => Math.max(0, items.findIndex(({ verdict }) => verdict === "")));
  const [revoking, setRevoking] = useState<string | null>(null);
  const [signing, setSigning] = useState(false);
  const editable = sheet.mine && sheet.signed_at === null && sheet.campaign_state === "open" && can("identity.review.sign");
  const decided = items.filter(({ verdict }) => verdict !== "").length;
  const current = items[at];
  const group = "list";
  const move = (step: number) => { setAt((before) => Math.min(items.length - 1, Math.max(0, before + step))); };
  const keepCurrent = () => {
    if (!current) return;
    deciding.mutate([{ item_id: current.id, verdict: "keep", reason: "" }]);
    move(1);
  };
  useShortcut({ id: "sheet.next", keys: "j,ArrowDown", label: t("nextRow"), group, run: () => { move(1); } });
  useShortcut({ id: "sheet.previous", keys: "k,ArrowUp", label: t("previousRow"), group, run: () => { move(-1); } });
  useShortcut({ id: "sheet.keep", keys: "y", label: t("keep"), group, enabled: editable, run: keepCurrent });
  useShortcut({ id: "sheet.revoke", keys: "x", label: t("revoke"), group, enabled: editable, run: () => { setRevoking(current?.id ?? null); } });
  useShortcut({ id: "sheet.back", keys: "Escape", label: t("back"), group, enabled: revoking === null, run: onBack });
  const open = items.filter(({ verdict }) => verdict === "");

  return (
    <>
      <div className={styles["bar"]}>
        <Button type="text" icon={<ArrowLeftOutlined aria-hidden />} onClick={onBack}>
          {t("back")}
        </Button>
        <strong>{sheet.title}</strong>
        <span className={styles["muted"]}>{t("sheetOf", { campaign: sheet.campaign_name, who: `${sheet.reviewer_number} ${sheet.reviewer_name}` })}</span>
        <Progress className={styles["progress"]} percent={items.length === 0 ? 100 : Math.round((decided / items.length) * 100)} size="small" format={() => `${decided}/${items.length}`} aria-label={t("progress")} />
        {editable ? (
          <span className={styles["end"]}>
            <Button
              disabled={open.length === 0}
              onClick={() => { deciding.mutate(open.map(({ id }) => ({ item_id: id, verdict: "keep", reason: "" }))); }}
            >
              {t("keepRest", { count: open.length })}
            </Button>
            <Tooltip title={open.length > 0 ? t("decideFirst") : undefined}>
              <Button type="primary" disabled={open.length > 0 || deciding.isPending} onClick={() => { setSigning(true); }}>
                {t("sign")}
              </Button>
            </Tooltip>
          </span>
        ) : null}
      </div>
      {sheet.signed_at === null ? null : (
        <div className={styles["signed"]} data-genuine={full.genuine}>
          <StatusWord tone={full.genuine ? "ok" : "fault"}>{t(full.genuine ? "genuine" : "forged")}</StatusWord>
          <span>
            {t("signedBy", { who: `${sheet.reviewer_number} ${sheet.reviewer_name}` })} <TimeText value={sheet.signed_at} full />
          </span>
          <CopyCode value={sheet.signature} />
        </div>
      )}
      {deciding.error ? <ErrorNote what={t("verdictFailed")} error={deciding.error} /> : null}
      <div className={styles["scroller"]} tabIndex={0} role="region" aria-label={t("items")}>
        <table className={styles["table"]} aria-label={t("items")}>
          <thead>
            <tr>
              <th scope="col">{t("person")}</th>
              <th scope="col">{t("role")}</th>
              <th scope="col">{t("centre")}</th>
              <th scope="col">{t("lastSignIn")}</th>
              <th scope="col">{t("grantedAt")}</th>
              <th scope="col">{editable ? t("verdictKeys") : t("verdict")}</th>
              <th scope="col">{t("why")}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item, index) => (
              <ReviewRow
                key={item.id}
                item={item}
                again={items[index - 1]?.account_id === item.account_id}
                current={index === at}
                editable={editable}
                revoking={revoking === item.id}
                onCurrent={() => { setAt(index); }}
                onRevoking={(on) => { setRevoking(on ? item.id : null); }}
                onVerdict={(verdict) => {
                  deciding.mutate([verdict]);
                  setAt(Math.min(items.length - 1, index + 1));
                }}
              />
            ))}
          </tbody>
        </table>
      </div>
      {signing ? (
        <SignDialog
          sheet={{ ...sheet, revoked: items.filter(({ verdict }) => verdict === "revoke").length }}
          onClose={() => { setSigning(false); }}
        />
      ) : null}
    </>
  );
}
