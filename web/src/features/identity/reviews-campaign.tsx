import { useQuery } from "@tanstack/react-query";
import { Button, Input, Modal, Progress, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { ReasonDialog } from "@/components/reason-dialog";
import { SidePane } from "@/components/side-pane";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useSession } from "@/lib/session/use-session";
import { campaignQuery, useCloseCampaign, useHandOver, type Sheet } from "./api/reviews";
import styles from "./reviews.module.css";
import { RoleNames } from "./role-names";

interface Props {
  id: string;
  onClose: () => void;
  onSheet: (id: string) => void;
}

/** One review: how far it is, who has not signed, and its evidence. */
export function CampaignPane({ id, onClose, onSheet }: Props) {
  const { t } = useTranslation("reviews");
  const { can } = useSession();
  const review = useQuery(campaignQuery(id));
  const closing = useCloseCampaign();
  const [ending, setEnding] = useState(false);
  const [handing, setHanding] = useState<Sheet | null>(null);
  if (review.data === undefined) {
    return (
      <SidePane title={t("details")} label={t("details")} onClose={onClose}>
        {review.error ? (
          <ErrorNote what={t("oneFailed")} error={review.error} onRetry={() => void review.refetch()} />
        ) : (
          <Skeleton active title={false} paragraph={{ rows: 8 }} />
        )}
      </SidePane>
    );
  }
  const { campaign } = review.data;
  const sheets = review.data.sheets;
  const open = campaign.state === "open";
  const unsigned = sheets.filter(({ signed_at }) => signed_at === null).length;
  const manages = can("identity.review.manage") && open;
  return (
    <SidePane title={campaign.name} label={t("details")} onClose={onClose} actions={<ExcelMenu exportPath={`/api/reviews/${id}/export`} />}>
      <Progress percent={campaign.sheets === 0 ? 0 : Math.round((campaign.signed / campaign.sheets) * 100)} aria-label={t("progress")} />
      <DetailsList
        items={[
          { name: t("centre"), value: campaign.centre_name },
          { name: t("roles"), value: <RoleNames codes={campaign.roles} all={t("allRoles")} /> },
          { name: t("dueAt"), value: <TimeText value={campaign.due_at} full /> },
          { name: t("openedBy"), value: campaign.opened_by },
          { name: t("itemsDecided"), value: `${campaign.decided}/${campaign.items}` },
          { name: t("revoked"), value: campaign.revoked },
          { name: t("closedBy"), value: campaign.closed_by },
          { name: t("closeReason"), value: campaign.close_reason },
        ]}
      />
      <ul className={styles["sheets"]}>
        {sheets.map((sheet) => (
          <li key={sheet.id}>
            <Button type="link" onClick={() => { onSheet(sheet.id); }}>
              {sheet.title}
            </Button>
            {manages && sheet.signed_at === null ? (
              <Button size="small" onClick={() => { setHanding(sheet); }}>
                {t("handOver")}
              </Button>
            ) : (
              <span />
            )}
            <span>{sheet.reviewer_number === "" ? <StatusWord tone="fault">{t("noReviewer")}</StatusWord> : `${sheet.reviewer_number} ${sheet.reviewer_name}`}</span>
            {sheet.signed_at === null ? (
              <StatusWord tone="warning">{t("decidedOf", { decided: sheet.decided, items: sheet.items })}</StatusWord>
            ) : (
              <StatusWord tone="ok">{t("signed")}</StatusWord>
            )}
          </li>
        ))}
      </ul>
      {manages ? (
        <Button danger={unsigned > 0} onClick={() => { setEnding(true); }}>
          {t("close")}
        </Button>
      ) : null}
      <ReasonDialog
        open={ending}
        title={t("close")}
        consequence={t(unsigned > 0 ? "closeOpen" : "closeDone", { count: unsigned })}
        danger={unsigned > 0}
        reasonRequired={unsigned > 0}
        onConfirm={(reason) => closing.mutateAsync({ id, version: campaign.version, reason })}
        onClose={() => { setEnding(false); }}
      />
      {handing === null ? null : <HandOver sheet={handing} onClose={() => { setHanding(null); }} />}
    </SidePane>
  );
}

/** Names another reviewer by staff number. */
function HandOver({ sheet, onClose }: { sheet: Sheet; onClose: () => void }) {
  const { t } = useTranslation(["reviews", "common"]);
  const handing = useHandOver();
  const [number, setNumber] = useState("");
  const [reason, setReason] = useState("");
  const ready = number.trim() !== "" && reason.trim() !== "";
  return (
    <Modal
      open
      title={t("reviews:handOver")}
      okText={t("reviews:handOver")}
      cancelText={t("common:cancel")}
      okButtonProps={{ disabled: !ready, loading: handing.isPending }}
      onOk={() => { handing.mutate({ id: sheet.id, version: sheet.version, number: number.trim(), reason: reason.trim() }, { onSuccess: onClose }); }}
      onCancel={onClose}
    >
      {handing.error ? <ErrorNote what={t("reviews:handOverFailed")} error={handing.error} /> : null}
      <div className={styles["form"]}>
        <label htmlFor="hand-over-number">{t("reviews:newReviewer")}</label>
        <Input id="hand-over-number" autoFocus value={number} maxLength={16} onChange={(event) => { setNumber(event.target.value); }} />
        <label htmlFor="hand-over-reason">{t("reviews:why")}</label>
        <Input id="hand-over-reason" value={reason} maxLength={500} onChange={(event) => { setReason(event.target.value); }} />
      </div>
    </Modal>
  );
}
