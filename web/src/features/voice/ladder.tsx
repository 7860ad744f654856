import { useQuery } from "@tanstack/react-query";
import { Segmented, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { ladderQuery, type LadderMessage } from "./api/calls";
import styles from "./voice.module.css";

const TOP = 46;
const ROW = 34;
const LEFT = 84;

/** The time of day to the millisecond. */
export function clockOf(at: string): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Messages have no name of their own; their place in the order of time is one. */
function keyOf({ at, cseq }: LadderMessage, index: number): string {
  return `${at} ${cseq} ${String(index)}`;
}

/** What stands on an arrow: the method, or the status. */
export function wordOf({ first_line, cseq }: LadderMessage): string {
  const status = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(first_line);
  const method = cseq.split(" ")[1] ?? "";
  if (status) return `${status[1] ?? ""} ${status[2] ?? ""}${method === "" ? "" : ` (${method})`}`;
  return first_line.split(" ")[0] ?? first_line;
}

/** How an arrow is drawn. A challenge (401, 407) asks for a password, as it does each time: nothing has gone wrong. */
export function toneOf({ out, first_line }: LadderMessage): "bad" | "ours" | "theirs" {
  if (/^SIP\/2\.0 (?!401|407)[456]/.test(first_line)) return "bad";
  return out ? "ours" : "theirs";
}

/** The messages as a drawing: we at the left, everybody else at the right, time downwards. */
function Drawing({ messages }: { messages: readonly LadderMessage[] }) {
  const { t } = useTranslation("voice");
  const remotes = [...new Set(messages.map(({ remote }) => remote))];
  const lane = remotes.length > 1 ? 170 : 250; // two still fit the pane
  const width = LEFT + lane * remotes.length + 60;
  const height = TOP + ROW * messages.length + 14;
  const laneOf = (remote: string) => LEFT + lane * (remotes.indexOf(remote) + 1);
  return (
    <div className={styles["ladder"]} role="region" aria-label={t("ladder.title")} tabIndex={0}>
      <svg width={width} height={height} viewBox={`0 0 ${String(width)} ${String(height)}`} role="img" aria-label={t("ladder.caption", { count: messages.length })}>
        <text x={LEFT} y={18} textAnchor="middle" fontWeight={600}>
          {t("ladder.us")}
        </text>
        <line className={styles["stem"]} x1={LEFT} x2={LEFT} y1={26} y2={height} />
        {remotes.map((remote) => (
          <g key={remote}>
            <text x={laneOf(remote)} y={18} textAnchor="middle" fontWeight={600}>
              {remote}
            </text>
            <line className={styles["stem"]} x1={laneOf(remote)} x2={laneOf(remote)} y1={26} y2={height} />
          </g>
        ))}
        {messages.map((message, index) => {
          const y = TOP + ROW * index + 10;
          const end = laneOf(message.remote);
          const [from, to] = message.out ? [LEFT, end] : [end, LEFT];
          const head = message.out ? -7 : 7;
          return (
            <g key={keyOf(message, index)}>
              <title>{`${clockOf(message.at)} ${message.first_line}`}</title>
              <text className={styles["quiet"]} x={LEFT - 8} y={y + 4} textAnchor="end">
                {clockOf(message.at)}
              </text>
              <g className={styles[toneOf(message)]}>
                <line x1={from} x2={to} y1={y} y2={y} strokeWidth={1.5} strokeDasharray={message.repeated ? "4 3" : undefined} />
                <path d={`M${String(to)} ${String(y)} l${String(head)} -4 l0 8 z`} stroke="none" />
              </g>
              <text x={(from + to) / 2} y={y - 5} textAnchor="middle">
                {message.repeated ? `${wordOf(message)} · ${t("ladder.repeated")}` : wordOf(message)}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** The same as a table: for reading by ear, and for copying. */
function List({ messages }: { messages: readonly LadderMessage[] }) {
  const { t } = useTranslation("voice");
  return (
    <div className={styles["ladder"]} role="region" aria-label={t("ladder.title")} tabIndex={0}>
      <table className={styles["messages"]}>
        <thead>
          <tr>
            <th scope="col">{t("ladder.at")}</th>
            <th scope="col">{t("ladder.way")}</th>
            <th scope="col">{t("ladder.remote")}</th>
            <th scope="col">{t("ladder.line")}</th>
            <th scope="col">{t("ladder.bytes")}</th>
          </tr>
        </thead>
        <tbody>
          {messages.map((message, index) => (
            <tr key={keyOf(message, index)}>
              <td className="figures">{clockOf(message.at)}</td>
              <td>{t(message.out ? "ladder.out" : "ladder.in")}</td>
              <td>{`${message.transport.toUpperCase()} ${message.remote}`}</td>
              <td>{message.first_line}</td>
              <td className="figures">{message.bytes}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A call's SIP messages, drawn or as a list; numbers are masked by the server. */
export function Ladder({ id, live }: { id: string; live: boolean }) {
  const { t } = useTranslation("voice");
  const { data, error, refetch } = useQuery(ladderQuery(id, live));
  const [shape, setShape] = useState<"drawing" | "list">("drawing");
  return (
    <section className={styles["section"]} aria-label={t("ladder.title")}>
      <div className={styles["line"]}>
        <h3>{t("ladder.title")}</h3>
        <Segmented
          size="small"
          value={shape}
          onChange={setShape}
          options={[
            { value: "drawing" as const, label: t("ladder.asDrawing") },
            { value: "list" as const, label: t("ladder.asTable") },
          ]}
        />
      </div>
      {error && !data ? <ErrorNote what={t("ladder.failed")} error={error} onRetry={() => void refetch()} /> : null}
      {!error && !data ? <Skeleton active title={false} /> : null}
      {data ? (
        data.messages.length === 0 ? (
          <p className={styles["muted"]}>{t("ladder.none")}</p>
        ) : shape === "drawing" ? (
          <Drawing messages={data.messages} />
        ) : (
          <List messages={data.messages} />
        )
      ) : null}
    </section>
  );
}
