import { ArrowLeftOutlined, EyeOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Skeleton } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { PageHeader } from "@/components/page-header";
import { ReasonDialog } from "@/components/reason-dialog";
import { TimeText } from "@/components/time-text";
import { duration } from "@/lib/format/duration";
import { contactQuery, useRevealCaller, type ContactRecord } from "./api/contacts";
import { AfterContact } from "./after-contact";
import { Timeline } from "./timeline";
import { OutcomeWord, personText, useCallerText, useOwnWords } from "./words";
import styles from "./interaction.module.css";

interface Props {
  id: string;
  /** The recordings of the contact, shown by those who know recordings. */
  recordings: (contact: ContactRecord) => ReactNode;
}

/** One contact: what happened step by step, what is known of it, and what was said of it. */
export function ContactView({ id, recordings }: Props) {
  const { t } = useTranslation("interaction");
  const { data: contact, error, refetch } = useQuery(contactQuery(id));
  const callerText = useCallerText();
  const back = (
    <Link to="/contacts">
      <Button icon={<ArrowLeftOutlined aria-hidden />}>{t("back")}</Button>
    </Link>
  );
  if (!contact) {
    return (
      <div className={styles["page"]}>
        <PageHeader title={t("contact")} actions={back} />
        <div className={styles["blank"]}>
          {error ? <ErrorNote what={t("contactFailed")} error={error} onRetry={() => void refetch()} /> : <Skeleton active title={false} paragraph={{ rows: 12 }} />}
        </div>
      </div>
    );
  }
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={callerText(contact.caller)}
        help="interaction.timeline"
        note={
          <span className={styles["line"]}>
            <TimeText value={contact.began_at} full />
            <OutcomeWord outcome={contact.outcome} />
            {contact.simulated ? <span className={styles["mark"]}>{t("simulatedMark")}</span> : null}
          </span>
        }
        actions={back}
      />
      <div className={styles["columns"]}>
        <section className={styles["steps"]} aria-label={t("timeline")}>
          <h2>{t("timeline")}</h2>
          <Timeline contact={contact} />
        </section>
        <div className={styles["side"]}>
          <section aria-label={t("facts")}>
            <h2>{t("facts")}</h2>
            <Facts contact={contact} />
          </section>
          <AfterContact key={`${contact.id} ${String(contact.dispositions.revision)} ${String(contact.notes.find(({ mine }) => mine)?.revision ?? 0)}`} contact={contact} />
          {recordings(contact)}
          <Relatives contact={contact} />
        </div>
      </div>
    </div>
  );
}

function Facts({ contact }: { contact: ContactRecord }) {
  const { t } = useTranslation("interaction");
  const time = (ms: number) => (ms === 0 ? "" : <span className="figures">{duration(ms / 1000)}</span>);
  const first = contact.first_asked;
  return (
    <DetailsList
      items={[
        { name: t("caller"), value: <Caller contact={contact} /> },
        { name: t("home"), value: contact.home?.name ?? "" },
        { name: t("called"), value: contact.called },
        { name: t("queue"), value: contact.queue?.name ?? "" },
        { name: t("agent"), value: personText(contact.agent) },
        {
          name: t("firstAsked"),
          value: first ? (
            <span className={styles["line"]}>
              {personText(first.agent)}
              {first.contact_id === contact.id ? null : (
                <Link to="/contacts/$id" params={{ id: first.contact_id }}>
                  <TimeText value={first.at} />
                </Link>
              )}
            </span>
          ) : (
            ""
          ),
        },
        { name: t("queued"), value: time(contact.queued_ms) },
        { name: t("rung"), value: time(contact.ring_ms) },
        { name: t("talk"), value: time(contact.talk_ms) },
        { name: t("hold"), value: time(contact.hold_ms) },
        { name: t("wrap"), value: time(contact.wrap_ms) },
        { name: t("offers"), value: contact.offers > 1 ? contact.offers : "" },
        { name: t("transfers"), value: contact.transfers > 0 ? contact.transfers : "" },
        { name: t("endedBy"), value: contact.ended_by === "" ? "" : t(`parties.${contact.ended_by}`) },
        { name: t("signal"), value: contact.sip === 0 && contact.q850 === 0 ? "" : `SIP ${String(contact.sip)} · Q.850 ${String(contact.q850)}` },
        { name: t("flow"), value: contact.flow },
        { name: t("node"), value: contact.node },
        { name: t("id"), value: <CopyCode value={contact.id} wrap /> },
      ]}
    />
  );
}

/** The number, masked; with the permission and for a reason, whole. */
function Caller({ contact }: { contact: ContactRecord }) {
  const { t } = useTranslation("interaction");
  const callerText = useCallerText();
  const reveal = useRevealCaller(contact.id);
  const [asking, setAsking] = useState(false);
  return (
    <span className={styles["line"]}>
      <span className="figures">{callerText(reveal.data?.caller ?? contact.caller)}</span>
      {contact.allowed.reveal && !reveal.data ? (
        <Button
          type="text"
          size="small"
          icon={<EyeOutlined aria-hidden />}
          onClick={() => {
            setAsking(true);
          }}
        >
          {t("reveal")}
        </Button>
      ) : null}
      <ReasonDialog
        open={asking}
        title={t("revealTitle")}
        consequence={t("revealNote")}
        onConfirm={(reason) => reveal.mutateAsync(reason)}
        onClose={() => {
          setAsking(false);
        }}
      />
    </span>
  );
}

function Relatives({ contact }: { contact: ContactRecord }) {
  const { t } = useTranslation("interaction");
  const own = useOwnWords();
  if (contact.related.length === 0) return null;
  return (
    <section aria-label={t("related")}>
      <h2>{t("related")}</h2>
      <ul className={styles["related"]}>
        {contact.related.map((other) => (
          <li key={other.id}>
            <Link to="/contacts/$id" params={{ id: other.id }}>
              <TimeText value={other.began_at} />
            </Link>
            <OutcomeWord outcome={other.outcome as ContactRecord["outcome"]} />
            <span>{personText(other.agent)}</span>
            <span className={styles["muted"]}>{own(other.disposition, other.disposition_en) || t(`why.${other.why}`)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
