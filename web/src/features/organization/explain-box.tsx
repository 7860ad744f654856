import { useQuery } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { StatusWord } from "@/components/status-word";
import { useLanguage } from "@/lib/i18n/hooks";
import { explainQuery, type Explanation, type Question } from "./api/areas";
import { CodeSelect } from "./code-select";
import styles from "./organization.module.css";
import { useAreaWords } from "./use-area-words";

const WAYS = ["city", "area_code", "called", "province"] as const;
type Way = (typeof WAYS)[number];

/** "Who serves 0898, this number, this city, and why." */
export function ExplainBox() {
  const { t } = useTranslation("organization");
  const [service, setService] = useState("hotline");
  const [way, setWay] = useState<Way>("area_code");
  const [value, setValue] = useState("");
  const [asked, setAsked] = useState<Question | null>(null);
  const { data, error, isFetching, refetch } = useQuery({ ...explainQuery(asked ?? { service: "" }), enabled: asked !== null });
  const ask = () => {
    const question: Question = { service, [way]: value.trim() || undefined };
    if (JSON.stringify(question) === JSON.stringify(asked)) void refetch();
    else setAsked(question);
  };
  return (
    <section className={styles["explain"]} aria-label={t("explain.title")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <strong>{t("explain.title")}</strong>
        <div className={styles["narrow"]}>
          <CodeSelect table="service" label={t("areaColumns.service")} value={service} onChange={setService} />
        </div>
        <Select<Way>
          className={styles["narrow"]}
          aria-label={t("explain.way")}
          value={way}
          options={WAYS.map((entry) => ({ value: entry, label: t(`explain.ways.${entry}`) }))}
          onChange={(next) => {
            setWay(next);
            setValue("");
          }}
        />
        {way === "city" || way === "province" ? (
          <div className={styles["narrow"]}>
            <CodeSelect table={way} allowClear label={t(`explain.ways.${way}`)} value={value} onChange={setValue} />
          </div>
        ) : (
          <Input
            style={{ width: 180 }}
            inputMode="numeric"
            aria-label={t(`explain.ways.${way}`)}
            placeholder={t(`explain.examples.${way}`)}
            value={value}
            maxLength={40}
            onChange={(event) => {
              setValue(event.target.value);
            }}
          />
        )}
        <Button htmlType="submit" loading={isFetching} disabled={!service}>
          {t("explain.ask")}
        </Button>
      </form>
      <div role="status">
        {error ? <ErrorNote what={t("explain.failed")} error={error} /> : data && asked ? <Answer answer={data} /> : null}
      </div>
    </section>
  );
}

function Answer({ answer }: { answer: Explanation }) {
  const { t } = useTranslation("organization");
  const language = useLanguage();
  const words = useAreaWords();
  const city = (language === "en" ? answer.city_en : answer.city_zh) || answer.city;
  const province = (language === "en" ? answer.province_en : answer.province_zh) || answer.province;
  return (
    <>
      <p className={styles["answer"]}>
        {answer.served ? (
          <StatusWord tone="ok">{t("explain.servedBy", { name: answer.centre_name })}</StatusWord>
        ) : (
          <StatusWord tone="warning">{t("explain.nobody")}</StatusWord>
        )}
        {answer.overlaps ? <StatusWord tone="warning">{t("areas.overlap")}</StatusWord> : null}
        <span className={styles["muted"]}>
          {answer.city_from === "area_code" ? t("explain.cityFollows", { city }) : ""}
          {answer.city_from === "" && answer.province_from === "area_code" ? t("explain.provinceFollows", { province }) : ""}
          {answer.province_from === "city" ? t("explain.inProvince", { province }) : ""}
        </span>
      </p>
      {answer.matches.length > 0 ? (
        <ol className={styles["matches"]}>
          {answer.matches.map(({ area }) => (
            <li key={area.id}>
              {t("explain.match", { selector: t(`selectors.${area.selector}`), value: words.value(area), centre: area.centre_name })}
            </li>
          ))}
        </ol>
      ) : null}
    </>
  );
}
