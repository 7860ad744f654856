import {
  CheckCircleFilled,
  ClockCircleOutlined,
  CloseCircleFilled,
  ExclamationCircleFilled,
  InfoCircleFilled,
} from "@ant-design/icons";
import type { ComponentType } from "react";
import styles from "./status-word.module.css";

export type Tone = "ok" | "info" | "warning" | "fault" | "idle";

const ICONS: Record<Tone, ComponentType<{ "aria-hidden": true }>> = {
  ok: CheckCircleFilled,
  info: InfoCircleFilled,
  warning: ExclamationCircleFilled,
  fault: CloseCircleFilled,
  idle: ClockCircleOutlined,
};

export function ToneIcon({ tone }: { tone: Tone }) {
  const Icon = ICONS[tone];
  return (
    <span className={styles[tone]}>
      <Icon aria-hidden />
    </span>
  );
}

/** A state as icon and word: never a colour alone. */
export function StatusWord({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={`${styles["word"]} ${styles[tone]}`}>
      <ToneIcon tone={tone} />
      {children}
    </span>
  );
}
