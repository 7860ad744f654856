import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { StatusWord, type Tone } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { usePlaceText } from "./api/codes";
import type { TryAnswer } from "./api/try-number";
import styles from "./numbering.module.css";

const VERDICTS: Record<TryAnswer["considered"][number]["verdict"], Tone> = {
  chosen: "ok", less_specific: "idle", elsewhere: "idle", suspended: "warning", not_yet: "info", expired: "idle",
};

/** The answer first, then how it came about. */
export function TryResult({ answer }: { answer: TryAnswer }) {
  const asked = answer.called.kind !== "";
  const caller = answer.caller.kind !== "" || answer.caller.withheld;
  return (
    <div className={styles["result"]} role="status">
      {asked ? <WhoAnswers answer={answer} /> : null}
      {caller ? <CallerHome answer={answer} /> : null}
      {asked && answer.considered.length > 0 ? <Considered answer={answer} /> : null}
      {answer.areas.length > 0 ? <Areas answer={answer} /> : null}
    </div>
  );
}

function WhoAnswers({ answer }: { answer: TryAnswer }) {
  const { t } = useTranslation("numbering");
  const { entry, centre } = answer;
  const placeText = usePlaceText();
  const tone: Tone = centre ? "ok" : answer.hidden ? "info" : "warning";
  const outside = entry?.kind === "outside_platform" && entry.transfer_to !== "";
  return (
    <section className={styles["answer"]}>
      <StatusWord tone={tone}>
        {centre ? t("answeredBy", { centre: centre.name }) : answer.hidden ? t("answeredElsewhere") : t("answeredByNobody")}
      </StatusWord>
      {entry ? <p>{t("isEntry", { number: entry.number, name: entry.name, kind: t(`kinds.${entry.kind}`) })}</p> : null}
      {outside ? <p>{t("isTransferred", { number: entry.transfer_to })}</p> : null}
      {centre ? <p>{t(answer.by_area ? "namedByArea" : "namedByOwner")}</p> : null}
      <p>
        {answer.place.from === "unknown"
          ? t("placeUnknown")
          : t(`placeFrom.${answer.place.from}`, { place: placeText(answer.place.province, answer.place.city) })}
      </p>
      {answer.overlaps ? <StatusWord tone="warning">{t("overlaps")}</StatusWord> : null}
    </section>
  );
}

function CallerHome({ answer: { caller, home } }: { answer: TryAnswer }) {
  const { t } = useTranslation("numbering");
  const placeText = usePlaceText();
  if (caller.withheld) return <p>{t("withheld")}</p>;
  return (
    <section>
      <h3>{t("callerHome")}</h3>
      <DetailsList
        items={[
          { name: t("number"), value: `${caller.number} · ${t(`phoneKinds.${caller.kind === "" ? "service" : caller.kind}`)}` },
          { name: t("extension"), value: caller.extension },
          { name: t("carrier"), value: caller.carrier },
          { name: t("home"), value: placeText(home.province, home.city) || t(`sources.${home.source === "abroad" ? "abroad" : "unknown"}`) },
          { name: t("operator"), value: [home.operator, home.brand, home.product_line].filter(Boolean).join(" · ") },
          { name: t("foundBy"), value: t(`sources.${home.source}`) + (home.segment > 0 ? ` (${String(home.segment)})` : "") },
          { name: t("segmentOperator"), value: home.source === "ported" ? home.segment_operator : "" },
          { name: t("since"), value: home.since ? <TimeText value={home.since} full /> : "" },
        ]}
      />
    </section>
  );
}

function Considered({ answer: { considered } }: { answer: TryAnswer }) {
  const { t } = useTranslation("numbering");
  const placeText = usePlaceText();
  return (
    <section>
      <h3>{t("considered")}</h3>
      <ol className={styles["steps"]}>
        {considered.map((entry) => (
          <li key={entry.id}>
            <span className="figures">{entry.number}</span> {entry.name}
            <span className={styles["muted"]}>
              {entry.place === "" ? t("everywhere") : entry.place.endsWith("0000") ? placeText(entry.place, "") : placeText("", entry.place)}
            </span>
            <StatusWord tone={VERDICTS[entry.verdict]}>{t(`verdicts.${entry.verdict}`)}</StatusWord>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Areas({ answer: { areas } }: { answer: TryAnswer }) {
  const { t } = useTranslation("numbering");
  const placeText = usePlaceText();
  return (
    <section>
      <h3>{t("areas")}</h3>
      <ol className={styles["steps"]}>
        {areas.map((area, index) => {
          const value = area.selector === "city" ? placeText("", area.value) : area.selector === "province" ? placeText(area.value, "") : area.value;
          return (
            <li key={`${area.selector} ${area.value} ${area.centre_id}`}>
              {t(`selectors.${area.selector}`, { value })} → {area.centre_name}
              {index === 0 ? <StatusWord tone="ok">{t("verdicts.chosen")}</StatusWord> : null}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
