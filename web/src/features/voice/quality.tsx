import { useTranslation } from "react-i18next";
import { StatusWord, type Tone } from "@/components/status-word";
import { useLanguage } from "@/lib/i18n/hooks";
import type { Quality, Verdict } from "./api/calls";
import styles from "./voice.module.css";

const TONES: Record<"good" | "fair" | "poor", Tone> = { good: "ok", fair: "warning", poor: "fault" };

/** Quality in one word, with its reason beside it. */
export function QualityWord({ verdict, full = false }: { verdict: Verdict; full?: boolean }) {
  const { t } = useTranslation("voice");
  const language = useLanguage();
  const { grade } = verdict;
  if (grade === "") return <span className={styles["muted"]}>{t("live.grades.none")}</span>;
  const reason = language === "en" ? verdict.en : verdict.zh;
  const word = t(`live.grades.${grade}`);
  return (
    <span title={reason}>
      <StatusWord tone={TONES[grade]}>{grade === "good" && !full ? word : `${word} · ${reason}`}</StatusWord>
    </span>
  );
}

/** The figures behind the word, both ways. */
export function QualityFigures({ quality }: { quality: Quality }) {
  const { t } = useTranslation("voice");
  const ways = [
    { name: t("live.receive"), way: quality.receive },
    { name: t("live.send"), way: quality.send },
  ];
  return (
    <section className={styles["section"]}>
      <h3>{t("live.figures")}</h3>
      <table className={styles["figures"]}>
        <thead>
          <tr>
            <th scope="col" aria-label={t("live.direction")} />
            <th scope="col">{t("live.packets")}</th>
            <th scope="col">{t("live.lost")}</th>
            <th scope="col">{t("live.jitter")}</th>
            <th scope="col">{t("live.late")}</th>
          </tr>
        </thead>
        <tbody>
          {ways.map(({ name, way }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{way.packets.toLocaleString()}</td>
              <td>{way.reported ? way.lost.toLocaleString() : "—"}</td>
              <td>{way.reported ? t("trunks.ms", { ms: way.jitter_ms.toFixed(1) }) : "—"}</td>
              <td>{way.late.toLocaleString()}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles["muted"]}>
        {`${t("live.mos")} ${quality.mos > 0 ? quality.mos.toFixed(1) : "—"} · ${t("live.rtt")} ${quality.rtt_ms > 0 ? t("trunks.ms", { ms: quality.rtt_ms.toFixed(0) }) : "—"}`}
      </p>
    </section>
  );
}
