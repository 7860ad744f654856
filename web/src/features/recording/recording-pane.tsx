import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { ReasonDialog } from "@/components/reason-dialog";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { duration } from "@/lib/format/duration";
import { recordingQuery, useErase, useHold, type RecordingDetail } from "./api/recordings";
import { RecordingState, useOwnerName } from "./recording-columns";
import { RecordingPlayer } from "./recording-player";
import styles from "./recording.module.css";

interface Props {
  id: string;
  onClose: () => void;
}

/** One recording: what is to be known first, the player, and everything else that is known. */
export function RecordingPane({ id, onClose }: Props) {
  const { t } = useTranslation("recording");
  const { data: recording, error, refetch } = useQuery(recordingQuery(id));
  if (!recording) {
    return (
      <SidePane title={t("details")} label={t("details")} onClose={onClose}>
        {error ? <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} /> : <Skeleton active title={false} />}
      </SidePane>
    );
  }
  return <Loaded key={recording.id} recording={recording} onClose={onClose} />;
}

function Loaded({ recording, onClose }: { recording: RecordingDetail; onClose: () => void }) {
  const { t } = useTranslation("recording");
  const [asking, setAsking] = useState<"hold" | "erase" | null>(null);
  const hold = useHold(recording);
  const erase = useErase(recording);
  const actions = (
    <>
      {recording.allowed.hold ? (
        <Button
          size="small"
          onClick={() => {
            setAsking("hold");
          }}
        >
          {recording.held ? t("release") : t("hold")}
        </Button>
      ) : null}
      {recording.allowed.erase ? (
        <Button
          size="small"
          danger
          onClick={() => {
            setAsking("erase");
          }}
        >
          {t("erase")}
        </Button>
      ) : null}
    </>
  );
  return (
    <SidePane title={recording.customer || t("title")} label={t("details")} onClose={onClose} actions={actions}>
      <RecordingState recording={recording} />
      <Remarks recording={recording} />
      {recording.state === "kept" && recording.allowed.play ? <RecordingPlayer recording={recording} /> : null}
      {recording.state === "kept" && !recording.allowed.play ? <p className={styles["muted"]}>{t("mayNotPlay")}</p> : null}
      <Facts recording={recording} />
      <ReasonDialog
        open={asking === "hold"}
        title={recording.held ? t("release") : t("hold")}
        consequence={recording.held ? t("releaseMeans") : t("holdMeans")}
        onConfirm={(reason) => hold.mutateAsync({ hold: !recording.held, reason })}
        onClose={() => {
          setAsking(null);
        }}
      />
      <ReasonDialog
        open={asking === "erase"}
        title={t("erase")}
        consequence={t("eraseMeans")}
        danger
        onConfirm={(reason) => erase.mutateAsync(reason)}
        onClose={() => {
          setAsking(null);
        }}
      />
    </SidePane>
  );
}

/** What one must know who hears it. */
function Remarks({ recording }: { recording: RecordingDetail }) {
  const { t } = useTranslation("recording");
  const lost = recording.dropped + recording.misplaced;
  const { hold, erasure } = recording;
  return (
    <>
      {erasure ? (
        <div className={styles["note"]}>
          <p>
            {erasure.why === "retention" ? t("erasedByRule") : t("erasedBy", { who: erasure.by })} <TimeText value={erasure.at} full />
          </p>
        </div>
      ) : null}
      {hold ? (
        <div className={styles["note"]}>
          <p>{t("heldBy", { who: hold.by, reason: hold.reason })}</p>
          <TimeText value={hold.at} full />
        </div>
      ) : null}
      {recording.cut ? <p className={styles["note"]}>{t("cutMeans")}</p> : null}
      {lost > 0 ? <p className={styles["note"]}>{t("lost", { count: lost, seconds: (lost * 0.02).toFixed(1) })}</p> : null}
    </>
  );
}

function Facts({ recording }: { recording: RecordingDetail }) {
  const { t } = useTranslation("recording");
  const ownerName = useOwnerName();
  const pauses = recording.pauses.map(({ from_ms, to_ms }) => `${duration(from_ms / 1000)}–${duration(to_ms / 1000)}`);
  return (
    <DetailsList
      items={[
        { name: t("began"), value: <TimeText value={recording.began_at} full /> },
        { name: t("length"), value: duration(recording.duration_ms / 1000) },
        { name: t("staff"), value: recording.staff_number },
        { name: t("line"), value: recording.line },
        { name: t("direction"), value: recording.direction === "" ? "" : t(`directions.${recording.direction}`) },
        { name: t("centre"), value: ownerName(recording.centre_id) },
        { name: t("pauses"), value: pauses.join(", ") },
        { name: t("stored"), value: recording.state === "erased" ? "" : recording.archived ? t("inArchive") : t("inStore") },
        ...Object.entries(recording.labels).map(([name, value]) => ({ name: name === "trunk" ? t("trunk") : name, value })),
        { name: t("callId"), value: <CopyCode value={recording.call_id} /> },
        { name: t("hash"), value: <CopyCode value={recording.sha256} /> },
      ]}
    />
  );
}
