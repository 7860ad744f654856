import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { useCentres } from "@/lib/places/use-centres";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { trunkQuery, useDeleteTrunk, useTestTrunk, type TrunkDetail } from "./api/trunks";
import { DeleteDialog } from "./delete-dialog";
import { TestResult, TrunkNodes, TrunkState } from "./trunk-state";
import styles from "./voice.module.css";

interface Props {
  id: string;
  onClose: () => void;
  onEdit: (entry: TrunkDetail) => void;
}

/** One trunk: how it is first, then what it is; a test of it now. */
export function TrunkPane({ id, onClose, onEdit }: Props) {
  const { t } = useTranslation("voice");
  const { data: trunk, error, refetch } = useQuery(trunkQuery(id));
  const { can } = useSession();
  const { nameOf } = useCentres();
  const test = useTestTrunk();
  const remove = useDeleteTrunk();
  const [deleting, setDeleting] = useState(false);
  const editor = can("voice.trunk.edit");
  const run = () => {
    test.mutate(id);
  };
  useShortcut({ id: "trunks.test", keys: "t", label: t("trunks.test"), group: "page", enabled: editor && trunk !== undefined, run });
  if (!trunk) {
    return (
      <SidePane title={t("trunks.title")} label={t("details")} onClose={onClose}>
        {error ? <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} /> : <Skeleton active title={false} />}
      </SidePane>
    );
  }
  return (
    <SidePane
      title={trunk.name}
      label={t("details")}
      onClose={onClose}
      actions={
        <>
          {editor ? (
            <Tooltip title={t("trunks.testKey")}>
              <Button size="small" loading={test.isPending} onClick={run}>
                {t("trunks.test")}
              </Button>
            </Tooltip>
          ) : null}
          {trunk.editable ? (
            <>
              <Button
                size="small"
                onClick={() => {
                  setDeleting(true);
                }}
              >
                {t("remove")}
              </Button>
              <Button
                size="small"
                type="primary"
                onClick={() => {
                  onEdit(trunk);
                }}
              >
                {t("edit")}
              </Button>
            </>
          ) : null}
        </>
      }
    >
      <TrunkState state={trunk.health.state} />
      {trunk.editable || !editor ? null : <p className={styles["muted"]}>{t("notYours")}</p>}
      {test.error ? <ErrorNote what={t("trunks.testFailed")} error={test.error} onRetry={run} /> : null}
      {test.data ? <TestResult nodes={test.data.nodes} /> : null}
      <TrunkNodes trunk={trunk} />
      <DetailsList
        items={[
          { name: t("trunks.group"), value: trunk.group },
          { name: t("trunks.hosts"), value: <>{trunk.hosts.map((host) => <CopyCode key={host} value={host} />)}</> },
          { name: t("trunks.transport"), value: trunk.transport.toUpperCase() },
          { name: t("trunks.register"), value: t(trunk.register ? "yes" : "no") },
          { name: t("trunks.username"), value: trunk.username },
          { name: t("trunks.password"), value: t(trunk.has_password ? "trunks.passwordSet" : "trunks.passwordNone") },
          { name: t("trunks.priority"), value: trunk.priority },
          { name: t("trunks.weight"), value: trunk.weight },
          { name: t("trunks.maxCalls"), value: trunk.max_calls === 0 ? t("trunks.noLimit") : trunk.max_calls },
          { name: t("trunks.codecs"), value: trunk.codecs.join(", ") },
          { name: t("trunks.callerFrom"), value: t(`trunks.callerHeaders.${trunk.caller_header}`) },
          { name: t("trunks.inband"), value: t(trunk.inband_dtmf ? "yes" : "no") },
          { name: t("trunks.quiet"), value: t(trunk.quiet ? "yes" : "no") },
          { name: t("centre"), value: nameOf(trunk.centre_id) },
          { name: t("note"), value: trunk.note },
          { name: t("updated"), value: <><TimeText value={trunk.updated_at} full /> {trunk.updated_by}</> },
        ]}
      />
      <DeleteDialog
        open={deleting}
        title={t("trunks.deleteTitle", { name: trunk.name })}
        consequence={t("trunks.deleteHint")}
        onConfirm={() => remove.mutateAsync({ id, version: trunk.version })}
        onDone={onClose}
        onClose={() => {
          setDeleting(false);
        }}
      />
    </SidePane>
  );
}
