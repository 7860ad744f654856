import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ReasonDialog } from "@/components/reason-dialog";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { useSession } from "@/lib/session/use-session";
import { useHang, type LiveCall } from "./api/calls";
import { Ladder } from "./ladder";
import { LiveState, useNumberText } from "./live-view";
import { QualityFigures, QualityWord } from "./quality";
import styles from "./voice.module.css";

interface Props {
  id: string;
  /** Undefined: it has ended. */
  call?: LiveCall;
  /** The other lines of the same conversation. */
  others: readonly LiveCall[];
  ended: React.ReactNode;
  onOpen: (id: string) => void;
  onClose: () => void;
}

/** One line: what it does, how it sounds, and its signalling. */
export function LivePane({ id, call, others, ended, onOpen, onClose }: Props) {
  const { t } = useTranslation("voice");
  const { can } = useSession();
  const hang = useHang();
  const numberText = useNumberText();
  const [asking, setAsking] = useState(false);
  if (!call) {
    return (
      <SidePane title={t("live.gone")} label={t("live.pane")} onClose={onClose}>
        <p className={styles["muted"]}>{t("live.goneHint")}</p>
        {ended}
      </SidePane>
    );
  }
  return (
    <SidePane
      title={`${numberText(call.caller)} → ${numberText(call.called)}`}
      label={t("live.pane")}
      onClose={onClose}
      actions={
        can("voice.live.hang") ? (
          <Button
            size="small"
            danger
            onClick={() => {
              setAsking(true);
            }}
          >
            {t("live.hang")}
          </Button>
        ) : null
      }
    >
      <div className={styles["line"]}>
        <LiveState call={call} />
        {call.answered === null ? null : <QualityWord verdict={call.verdict} full />}
      </div>
      <DetailsList
        items={[
          { name: t("live.direction"), value: t(`live.directions.${call.direction}`) },
          { name: t("live.trunk"), value: call.trunk },
          { name: t("phones.title"), value: call.phone },
          { name: t("numbers.act"), value: call.act === "" ? "" : t(`numbers.acts.${call.act}`) },
          { name: t("live.started"), value: <TimeText value={call.started} full /> },
          { name: t("live.answered"), value: call.answered === null ? "" : <TimeText value={call.answered} full /> },
          { name: t("live.codec"), value: call.codec },
          { name: t("live.recording"), value: t(call.recording ? "live.recorded" : "live.notRecorded") },
          { name: t("node"), value: call.node },
        ]}
      />
      {others.length > 0 ? (
        <div className={styles["links"]}>
          <span className={styles["muted"]}>{t("live.sameConversation")}</span>
          {others.map((other) => (
            <Button
              key={other.id}
              size="small"
              type="link"
              onClick={() => {
                onOpen(other.id);
              }}
            >
              {`${numberText(other.caller)} → ${numberText(other.called)}`}
            </Button>
          ))}
        </div>
      ) : null}
      {call.answered === null ? null : <QualityFigures quality={call.quality} />}
      <Ladder id={id} live />
      <ReasonDialog
        open={asking}
        title={t("live.hangTitle")}
        consequence={t("live.hangHint")}
        confirmLabel={t("live.hang")}
        danger
        onConfirm={(reason) => hang.mutateAsync({ id, reason })}
        onClose={() => {
          setAsking(false);
        }}
      />
    </SidePane>
  );
}
