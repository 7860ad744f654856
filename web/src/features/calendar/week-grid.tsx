import { Input } from "antd";
import { useState, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Span } from "./api/calendar";
import styles from "./calendar.module.css";
import { joined, spansOf, wordsOf } from "./periods";

const STEP = 30;
const DAY = 1440;

interface Props {
  /** Seven days, Monday first. */
  days: readonly (readonly Span[])[];
  editable: boolean;
  onChange: (days: Span[][]) => void;
}

/** A working week: typed line by line, or drawn with the pointer; a press on a period takes it away. */
export function WeekGrid({ days, editable, onChange }: Props) {
  const { t } = useTranslation("calendar");
  const [drag, setDrag] = useState<{ day: number; from: number; to: number } | null>(null);
  const set = (day: number, spans: Span[]) => {
    onChange(days.map((entry, index) => (index === day ? spans : [...entry])));
  };
  const minuteAt = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(DAY, Math.round(((event.clientX - box.left) / box.width) * (DAY / STEP)) * STEP));
  };
  return (
    <div className={styles["grid"]}>
      <div className={styles["hours"]} aria-hidden>
        {[0, 6, 12, 18, 24].map((hour) => (
          <span key={hour} style={{ insetInlineStart: `${String((hour / 24) * 100)}%` }}>
            {hour}:00
          </span>
        ))}
      </div>
      {days.map((spans, day) => {
        const night = (days[(day + 6) % 7] ?? []).filter(({ end }) => end > DAY);
        return (
          <div key={day} className={styles["row"]}>
            <span className={styles["weekday"]}>{t(`weekdays.${String(day + 1) as "1"}`)}</span>
            <div
              className={styles["track"]}
              data-editable={editable || undefined}
              aria-hidden
              onPointerDown={(event) => {
                if (!editable) return;
                const at = minuteAt(event);
                const hit = spans.find(({ start, end }) => start <= at && at < end);
                if (hit) {
                  set(day, spans.filter((span) => span !== hit));
                  return;
                }
                event.currentTarget.setPointerCapture(event.pointerId);
                setDrag({ day, from: at, to: at });
              }}
              onPointerMove={(event) => {
                if (drag?.day === day) setDrag({ ...drag, to: minuteAt(event) });
              }}
              onPointerUp={() => {
                if (drag?.day === day && drag.from !== drag.to) set(day, joined(spans, { start: Math.min(drag.from, drag.to), end: Math.max(drag.from, drag.to) }));
                setDrag(null);
              }}
              onPointerCancel={() => {
                setDrag(null);
              }}
            >
              {night.map(({ start, end }) => (
                <Bar key={`night ${String(start)}`} from={0} to={end - DAY} kind="night" />
              ))}
              {spans.map(({ start, end }) => (
                <Bar key={start} from={start} to={Math.min(end, DAY)} kind="period" />
              ))}
              {drag?.day === day ? <Bar from={Math.min(drag.from, drag.to)} to={Math.max(drag.from, drag.to)} kind="drag" /> : null}
            </div>
            {editable ? (
              <PeriodsInput
                label={t("periodsOf", { day: t(`weekdays.${String(day + 1) as "1"}`) })}
                spans={spans}
                onChange={(next) => {
                  set(day, next);
                }}
              />
            ) : (
              <span className="figures">{spans.length === 0 ? t("closed") : wordsOf(spans)}</span>
            )}
          </div>
        );
      })}
    </div>
  );
}

function Bar({ from, to, kind }: { from: number; to: number; kind: "period" | "night" | "drag" }) {
  return <span className={styles["bar"]} data-kind={kind} style={{ insetInlineStart: `${String((from / DAY) * 100)}%`, width: `${String(((to - from) / DAY) * 100)}%` }} />;
}

interface InputProps {
  id?: string;
  label: string;
  spans: readonly Span[];
  onChange: (spans: Span[]) => void;
}

/** Periods as text; taken over when they can be read. */
export function PeriodsInput({ id, label, spans, onChange }: InputProps) {
  const { t } = useTranslation("calendar");
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && spansOf(typed) === null;
  return (
    <Input
      id={id}
      aria-label={label}
      aria-invalid={wrong}
      status={wrong ? "error" : undefined}
      title={wrong ? t("periodsHint") : undefined}
      placeholder={t("closed")}
      value={typed ?? wordsOf(spans)}
      maxLength={200}
      onChange={(event) => {
        setTyped(event.target.value);
        const read = spansOf(event.target.value);
        if (read) onChange(read);
      }}
      onBlur={() => {
        if (!wrong) setTyped(null);
      }}
    />
  );
}
