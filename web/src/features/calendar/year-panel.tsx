import { LeftOutlined, RightOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { App, Button, Skeleton, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useTakeArrangement, yearQuery, type Day } from "./api/calendar";
import styles from "./calendar.module.css";
import { DayDrawer } from "./day-drawer";
import { wordsOf } from "./periods";

interface Props {
  centre: string | undefined;
  year: number;
  editable: boolean;
  onYear: (year: number) => void;
}

/** Monday is 0. */
function weekdayOf(day: string): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/** A year at a centre: what is worked, holidays, make-up workdays and days of its own; press one to change it. */
export function YearPanel({ centre, year, editable, onYear }: Props) {
  const { t } = useTranslation("calendar");
  const { message } = App.useApp();
  const { data, error, refetch } = useQuery(yearQuery(centre, year));
  const [editing, setEditing] = useState<Day | null>(null);
  const take = useTakeArrangement();
  const months = Array.from({ length: 12 }, (_, month) => (data?.days ?? []).filter(({ day }) => Number(day.slice(5, 7)) === month + 1));
  const missing = data !== undefined && data.arrangement !== "" && !data.days.some((day) => day.own?.public === true);
  return (
    <section className={styles["section"]}>
      <div className={styles["head"]}>
        <h2>{t("year", { year })}</h2>
        <Button size="small" aria-label={t("yearBefore")} icon={<LeftOutlined aria-hidden />} onClick={() => { onYear(year - 1); }} />
        <Button size="small" aria-label={t("yearAfter")} icon={<RightOutlined aria-hidden />} onClick={() => { onYear(year + 1); }} />
        <span className={styles["legend"]}>
          {(["work", "off", "make_up", "special", "closed"] as const).map((kind) => (
            <span key={kind}>
              <i data-look={kind} aria-hidden /> {t(`looks.${kind}`)}
            </span>
          ))}
        </span>
        {editable && missing ? (
          <Button
            type="primary"
            loading={take.isPending}
            onClick={() => {
              take.mutate(
                { centre: data.centre.id, year },
                {
                  onSuccess: (count) => void message.success(t("arrangementTaken", { count })),
                  onError: () => void message.error(t("saveFailed")),
                },
              );
            }}
          >
            <Tooltip title={data.arrangement}>{t("takeArrangement", { year })}</Tooltip>
          </Button>
        ) : null}
      </div>
      {error ? <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active /> : null}
      <div className={styles["months"]}>
        {data
          ? months.map((days, month) => (
              <table key={month} className={styles["month"]}>
                <caption>{t(`months.${String(month + 1) as "1"}`)}</caption>
                <thead>
                  <tr>
                    {[1, 2, 3, 4, 5, 6, 7].map((weekday) => (
                      <th key={weekday} scope="col">
                        {t(`short.${String(weekday) as "1"}`)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {weeksOf(days).map((week, row) => (
                    <tr key={row}>
                      {week.map((day, column) => (
                        <td key={column}>{day ? <DayButton day={day} onPress={setEditing} /> : null}</td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            ))
          : null}
      </div>
      {editing && data ? (
        <DayDrawer
          day={editing}
          year={year}
          centre={data.centre}
          editable={editable}
          onClose={() => {
            setEditing(null);
          }}
          onSaved={() => {
            setEditing(null);
            void message.success(t("saved"));
          }}
        />
      ) : null}
    </section>
  );
}

function weeksOf(days: readonly Day[]): (Day | null)[][] {
  const [first] = days;
  if (!first) return [];
  const cells: (Day | null)[] = [...Array.from({ length: weekdayOf(first.day) }, () => null), ...days];
  const weeks: (Day | null)[][] = [];
  for (let at = 0; at < cells.length; at += 7) {
    const week = cells.slice(at, at + 7);
    weeks.push([...week, ...Array.from({ length: 7 - week.length }, () => null)]);
  }
  return weeks;
}

function lookOf(day: Day) {
  if (day.kind === "off") return "off";
  if (day.kind === "work") return "make_up";
  if (day.kind === "special") return "special";
  return day.periods.length > 0 ? "work" : "closed";
}

function DayButton({ day, onPress }: { day: Day; onPress: (day: Day) => void }) {
  const { t } = useTranslation("calendar");
  const look = lookOf(day);
  const mark = look === "off" ? t("marks.off") : look === "make_up" ? t("marks.work") : look === "special" ? t("marks.special") : "";
  const words = [day.day, day.name, t(`looks.${look}`), wordsOf(day.periods), day.by].filter((word) => word !== "").join(" · ");
  return (
    <button
      type="button"
      className={styles["day"]}
      data-look={look}
      data-own={day.own !== null || undefined}
      title={words}
      aria-label={words}
      onClick={() => {
        onPress(day);
      }}
    >
      {Number(day.day.slice(8))}
      {mark === "" ? null : <sup>{mark}</sup>}
    </button>
  );
}
