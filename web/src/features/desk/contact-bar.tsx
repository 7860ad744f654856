import { PhoneFilled } from "@ant-design/icons";
import { Tag } from "antd";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { TimeText } from "@/components/time-text";
import { duration } from "@/lib/format/duration";
import { useLanguage } from "@/lib/i18n/hooks";
import type { AgentState } from "./agent-state";
import type { Card, MyAgent } from "./api/agent";
import { contactQuery } from "./api/contacts";
import { spaced } from "./number";
import { Running } from "./state-word";
import styles from "./desk.module.css";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles["fact"]}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Who is calling: on screen from the offer on, before anybody says a word. */
export function ContactBar({ agent, card, state, timeline }: { agent: MyAgent; card: Card; state: AgentState; timeline: (id: string) => ReactNode }) {
  const { t } = useTranslation("desk");
  const language = useLanguage();
  const query = useQuery(contactQuery(card.id));
  const data = query.data?.known === true ? query.data : undefined;
  const before = data?.before;
  const about = before === undefined ? "" : language === "en" ? before.disposition_en : before.disposition;
  const ringing = state === "ringing" || state === "reserved";
  return (
    <section className={styles["contact"]} data-state={state} aria-label={t("contact.title")}>
      <div className={styles["caller"]}>
        <span className={`figures ${styles["number"] ?? ""}`}>{card.caller === "" ? t("contact.unknownCaller") : spaced(card.caller)}</span>
        <span className={styles["home"]}>{data === undefined ? "…" : (data.home?.name ?? t("contact.homeUnknown"))}</span>
        {data?.simulated === true ? <Tag>{t("contact.simulated")}</Tag> : null}
        {ringing ? null : timeline(card.id)}
        <span className={styles["phase"]}>
          <span className={styles["whole"]}>{t("contact.running")}</span>
          <Running from={data?.began_at ?? card.key_at} label={t("contact.running")} />
        </span>
      </div>
      <dl className={styles["facts"]}>
        <Fact name={t("contact.queue")}>{card.queue_name || card.queue}</Fact>
        <Fact name={t("contact.waited")}>
          <span className="figures">{duration(card.waited_ms / 1000)}</span>
        </Fact>
        <Fact name={t("contact.called")}>
          <span className="figures">{data?.called ?? "…"}</span>
        </Fact>
        <Fact name={t("contact.keys")}>{data === undefined ? "…" : data.path.length === 0 ? "—" : data.path.map(({ key }) => key).join(" → ")}</Fact>
        <Fact name={t("contact.before")}>
          {data === undefined ? "…" : before === undefined ? t("contact.first") : (
            <>
              <TimeText value={before.began_at} /> {about} {before.agent?.name ?? ""}
            </>
          )}
        </Fact>
      </dl>
      {ringing ? (
        <p className={styles["pickUp"]} role="alert">
          <PhoneFilled aria-hidden /> {t("contact.pickUp", { phone: agent.phone })}
        </p>
      ) : null}
    </section>
  );
}
