import { Button, Tag } from "antd";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { duration } from "@/lib/format/duration";
import { useLanguage } from "@/lib/i18n/hooks";
import { dayQuery, type Day, type DayContact } from "./api/contacts";
import { spaced } from "./number";
import { useDayUpToDate } from "./use-agent";
import styles from "./desk.module.css";

interface Props {
  /** Which contact is being written up later. */
  openId: string | null;
  onOpen: (id: string) => void;
  /** Contacts of which this browser holds something unsent. */
  unsent: readonly string[];
  timeline: (id: string) => ReactNode;
}

/** The day in figures, and one's own last contacts. */
export function DayPanel({ openId, onOpen, unsent, timeline }: Props) {
  const { t } = useTranslation("desk");
  const day = useQuery(dayQuery());
  useDayUpToDate();
  return (
    <aside className={styles["day"]} aria-label={t("day.title")}>
      <h2>{t("day.title")}</h2>
      {day.isError && day.data === undefined ? <ErrorNote what={t("day.failed")} error={day.error} onRetry={() => void day.refetch()} /> : null}
      <Figures day={day.data} />
      <h2>{t("day.last")}</h2>
      <ul className={styles["last"]} aria-label={t("day.last")}>
        {(day.data?.contacts ?? []).map((contact) => (
          <Row key={contact.id} contact={contact} open={contact.id === openId} unsent={unsent.includes(contact.id)} onOpen={() => { onOpen(contact.id); }} timeline={timeline} />
        ))}
      </ul>
      {day.data?.contacts.length === 0 ? <p className={styles["none"]}>{t("day.noContacts")}</p> : null}
    </aside>
  );
}

function Figures({ day }: { day: Day | undefined }) {
  const { t } = useTranslation("desk");
  const clock = (ms: number | undefined) => (ms === undefined ? "—" : duration(ms / 1000));
  const list: [string, string][] = [
    [t("day.handled"), day === undefined ? "—" : String(day.handled)],
    [t("day.talk"), day?.handled === 0 ? "—" : clock(day?.talk_ms)],
    [t("day.wrap"), day?.handled === 0 ? "—" : clock(day?.wrap_ms)],
    [t("day.missed"), day === undefined ? "—" : String(day.missed)],
    [t("day.ready"), clock(day?.ready_ms)],
    [t("day.break"), clock(day?.break_ms)],
  ];
  return (
    <dl className={styles["figures"]}>
      {list.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="figures">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Row({ contact, open, unsent, onOpen, timeline }: { contact: DayContact; open: boolean; unsent: boolean; onOpen: () => void; timeline: (id: string) => ReactNode }) {
  const { t } = useTranslation("desk");
  const english = useLanguage() === "en";
  const about = english ? contact.disposition_en : contact.disposition;
  return (
    <li data-open={open || undefined}>
      <div className={styles["lastHead"]}>
        <TimeText value={contact.began_at} />
        <strong className="figures">{spaced(contact.caller)}</strong>
        <span>{contact.home?.name}</span>
        {contact.simulated ? <Tag>{t("contact.simulated")}</Tag> : null}
        <span className={`figures ${styles["end"] ?? ""}`}>{duration(contact.talk_ms / 1000)}</span>
      </div>
      <div className={styles["lastFoot"]}>
        {about === "" ? <StatusWord tone="warning">{t("day.undone")}</StatusWord> : <span className={styles["about"]}>{about.replaceAll("/", " / ")}</span>}
        {unsent ? <StatusWord tone="warning">{t("day.unsent")}</StatusWord> : null}
        <span className={styles["end"]}>
          <Button type="link" size="small" onClick={onOpen}>
            {t("day.write")}
          </Button>
          {timeline(contact.id)}
        </span>
      </div>
    </li>
  );
}
