import { useQuery } from "@tanstack/react-query";
import { Button, Input, InputNumber, Skeleton, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { deadlineQuery } from "./api/calendar";
import styles from "./calendar.module.css";
import { momentOf, wallClock } from "./zone";

/** The wall clock of a moment that the server wrote with its zone: 2026-11-23T12:30:00+08:00. */
function wall(moment: string): { day: string; time: string } {
  return { day: moment.slice(0, 10), time: moment.slice(11, 16) };
}

/** Start and working hours in, deadline out, with every reason. */
export function TryPanel({ centre, zone }: { centre: string | undefined; zone: string }) {
  const { t } = useTranslation("calendar");
  const [start, setStart] = useState(() => wallClock(new Date(), zone));
  const [hours, setHours] = useState<number>(4);
  const [asked, setAsked] = useState<{ start: string; minutes: number } | null>(null);
  const result = useQuery({
    ...deadlineQuery(centre, asked ? momentOf(asked.start, zone).toISOString() : "", asked?.minutes ?? 0),
    enabled: asked !== null,
  });
  const weekdayOf = (day: string) => t(`weekdays.${String(((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7) + 1) as "1"}`);
  const due = result.data ? wall(result.data.due) : null;
  return (
    <section className={styles["section"]}>
      <div className={styles["head"]}>
        <h2>{t("try")}</h2>
        <span className={styles["muted"]}>{t("tryHint", { zone })}</span>
      </div>
      <form
        className={styles["try"]}
        onSubmit={(event) => {
          event.preventDefault();
          setAsked({ start, minutes: Math.round(hours * 60) });
        }}
      >
        <label>
          {t("start")}
          <Input
            type="datetime-local"
            value={start}
            required
            style={{ width: 210 }}
            onChange={(event) => {
              setStart(event.target.value);
            }}
          />
        </label>
        <label>
          {t("workingHours")}
          <InputNumber<number>
            min={0}
            max={8784}
            step={0.5}
            value={hours}
            onChange={(value) => {
              setHours(value ?? 0);
            }}
          />
        </label>
        <Button type="primary" htmlType="submit" loading={result.isFetching}>
          {t("reckon")}
        </Button>
      </form>
      {result.error ? <ErrorNote what={t("tryFailed")} error={result.error} /> : null}
      {result.isFetching && !result.data ? <Skeleton active title={false} paragraph={{ rows: 2 }} /> : null}
      {result.data && due ? (
        <div className={styles["answer"]} aria-live="polite">
          <p className={styles["due"]}>
            {t("due")} <strong className="figures">{`${due.day} ${due.time}`}</strong> {weekdayOf(due.day)}
          </p>
          {result.data.open_at_start ? null : <p className={styles["muted"]}>{t("closedAtStart")}</p>}
          <ol>
            {result.data.used.map((used) => (
              <li key={used.from}>
                <span className="figures">
                  {wall(used.from).day} {wall(used.from).time} – {wall(used.to).time}
                </span>{" "}
                {weekdayOf(used.date)} {used.name === "" ? null : <Tag>{used.name}</Tag>} <span className={styles["muted"]}>{used.by}</span>
              </li>
            ))}
          </ol>
          {result.data.more > 0 ? <p className={styles["muted"]}>{t("more", { count: result.data.more })}</p> : null}
          {result.data.skipped.length > 0 ? (
            <p className={styles["muted"]}>
              {t("skipped")} {result.data.skipped.map((day) => `${day.date} ${day.name === "" ? weekdayOf(day.date) : day.name}`).join(", ")}
            </p>
          ) : null}
        </div>
      ) : null}
    </section>
  );
}
