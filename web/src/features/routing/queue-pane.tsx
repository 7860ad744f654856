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
import { queueQuery, useDeleteQueue, type Need, type QueueDetail, type QueueLive } from "./api/queues";
import { skillsQuery } from "./api/skills";
import { DeleteDialog } from "./delete-dialog";
import styles from "./routing.module.css";

interface Props {
  id: string;
  live: QueueLive | undefined;
  onClose: () => void;
  onEdit: (entry: QueueDetail) => void;
}

/** One queue: what happens in it now, and how it is configured. */
export function QueuePane({ id, live, onClose, onEdit }: Props) {
  const { t } = useTranslation("routing");
  const { data: entry, error, refetch } = useQuery(queueQuery(id));
  const { can } = useSession();
  const { nameOf } = useCentres();
  const skills = useQuery(skillsQuery());
  const remove = useDeleteQueue();
  const [deleting, setDeleting] = useState(false);
  if (!entry) {
    return (
      <SidePane title={t("queues.title")} label={t("details")} onClose={onClose}>
        {error ? <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} /> : <Skeleton active title={false} />}
      </SidePane>
    );
  }
  const needs = (list: readonly Need[] | null) =>
    (list ?? []).map(({ skill_id, level }) => t("queues.needText", { skill: skills.data?.find((skill) => skill.id === skill_id)?.name ?? "…", level })).join(" · ");
  const seconds = (n: number) => (n === 0 ? t("queues.unlimited") : t("queues.seconds", { count: n }));
  return (
    <SidePane
      title={`${entry.code} ${entry.name}`}
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
      <StatusWord tone={entry.closed ? "idle" : "ok"}>{t(entry.closed ? "queues.closed" : "queues.open")}</StatusWord>
      {entry.editable || !can("routing.queue.edit") ? null : <p className={styles["muted"]}>{t("notYours")}</p>}
      {live ? (
        <DetailsList
          items={[
            { name: t("queues.waiting"), value: live.waiting },
            { name: t("queues.offered"), value: live.offered },
            { name: t("queues.talking"), value: live.talking },
            { name: t("queues.agents"), value: live.agents },
            { name: t("queues.ready"), value: live.ready },
            { name: t("queues.occupied"), value: live.occupied },
            { name: t("queues.inWrapUp"), value: live.wrap_up },
            { name: t("queues.onBreak"), value: live.on_break },
          ]}
        />
      ) : null}
      <DetailsList
        items={[
          { name: t("queues.channel"), value: t(`queues.channels.${entry.channel}`) },
          { name: t("queues.needs"), value: needs(entry.needs) || t("queues.noNeeds") },
          { name: t("queues.priority"), value: entry.priority },
          { name: t("queues.ring"), value: seconds(entry.ring_s) },
          { name: t("queues.wrapUp"), value: t(`queues.wrapUps.${entry.wrap_up}`) + (entry.wrap_up === "timed" || entry.wrap_up === "optional" ? ` · ${seconds(entry.wrap_up_s)}` : "") },
          { name: t("queues.maxWaiting"), value: entry.max_waiting === 0 ? t("queues.unlimited") : entry.max_waiting },
          { name: t("queues.maxWait"), value: seconds(entry.max_wait_s) },
          { name: t("queues.noAgents"), value: t(`queues.noAgentsWays.${entry.no_agents}`) },
          { name: t("queues.target"), value: seconds(entry.target_s) },
          { name: t("queues.heard"), value: [entry.announce_number ? t("queues.announce") : "", entry.music ? t("queues.music") : "", entry.position ? t("queues.position") : ""].filter(Boolean).join(" · ") },
          { name: t("centre"), value: nameOf(entry.centre_id) },
          { name: t("note"), value: entry.note },
          { name: t("updated"), value: <><TimeText value={entry.updated_at} full /> {entry.updated_by}</> },
        ]}
      />
      {entry.overflow.length > 0 ? (
        <section className={styles["section"]}>
          <h3>{t("queues.overflow")}</h3>
          {entry.overflow.map((step) => (
            <p key={step.after_s} className={styles["muted"]}>
              {t("queues.after", { seconds: step.after_s })}{" "}
              {[
                step.relax ? t("queues.relaxTo", { needs: needs(step.needs) || t("queues.noNeeds") }) : "",
                step.queue_id === undefined ? "" : t("queues.moves"),
                step.priority === 0 ? "" : t("queues.raise", { priority: step.priority }),
              ].filter(Boolean).join(" · ")}
            </p>
          ))}
        </section>
      ) : null}
      <DeleteDialog
        open={deleting}
        title={t("queues.deleteTitle", { name: entry.name })}
        consequence={t("queues.deleteHint")}
        onConfirm={() => remove.mutateAsync({ id, version: entry.version })}
        onDone={onClose}
        onClose={() => {
          setDeleting(false);
        }}
      />
    </SidePane>
  );
}
