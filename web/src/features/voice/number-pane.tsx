import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { SidePane } from "@/components/side-pane";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useCentres } from "@/lib/places/use-centres";
import { useSession } from "@/lib/session/use-session";
import { numberQuery, useDeleteNumber, type NumberDetail } from "./api/numbers";
import { DeleteDialog } from "./delete-dialog";
import { useTarget } from "./number-columns";
import styles from "./voice.module.css";

interface Props {
  id: string;
  onClose: () => void;
  onEdit: (entry: NumberDetail) => void;
}

/** One called number and what happens when it is called. */
export function NumberPane({ id, onClose, onEdit }: Props) {
  const { t } = useTranslation("voice");
  const { data: entry, error, refetch } = useQuery(numberQuery(id));
  const { can } = useSession();
  const { nameOf } = useCentres();
  const target = useTarget();
  const remove = useDeleteNumber();
  const [deleting, setDeleting] = useState(false);
  if (!entry) {
    return (
      <SidePane title={t("numbers.title")} label={t("details")} onClose={onClose}>
        {error ? <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} /> : <Skeleton active title={false} />}
      </SidePane>
    );
  }
  return (
    <SidePane
      title={`${entry.number} ${entry.name}`}
      label={t("details")}
      onClose={onClose}
      actions={
        entry.editable ? (
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
                onEdit(entry);
              }}
            >
              {t("edit")}
            </Button>
          </>
        ) : null
      }
    >
      <StatusWord tone={entry.disabled ? "idle" : "ok"}>{t(entry.disabled ? "outOfUse" : "inUse")}</StatusWord>
      {entry.editable || !can("voice.number.edit") ? null : <p className={styles["muted"]}>{t("notYours")}</p>}
      {entry.act === "trunk" ? <p className={styles["muted"]}>{t("numbers.trunkHint")}</p> : null}
      <DetailsList
        items={[
          { name: t("numbers.act"), value: t(`numbers.acts.${entry.act}`) },
          { name: t("numbers.target"), value: target(entry) },
          { name: t("numbers.match"), value: t(`numbers.matches.${entry.match}`) },
          { name: t("centre"), value: nameOf(entry.centre_id) },
          { name: t("note"), value: entry.note },
          { name: t("updated"), value: <><TimeText value={entry.updated_at} full /> {entry.updated_by}</> },
        ]}
      />
      <DeleteDialog
        open={deleting}
        title={t("numbers.deleteTitle", { number: entry.number })}
        consequence={t("numbers.deleteHint")}
        onConfirm={() => remove.mutateAsync({ id, version: entry.version })}
        onDone={onClose}
        onClose={() => {
          setDeleting(false);
        }}
      />
    </SidePane>
  );
}
