import {
  CheckCircleFilled,
  CoffeeOutlined,
  DisconnectOutlined,
  EditFilled,
  ExclamationCircleFilled,
  LogoutOutlined,
  PhoneFilled,
  SoundFilled,
} from "@ant-design/icons";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/use-now";
import type { AgentState } from "./agent-state";
import { since, skew } from "./clock";
import styles from "./desk.module.css";

const ICONS: Record<AgentState, ComponentType<{ "aria-hidden": true }>> = {
  signed_out: LogoutOutlined,
  ready: CheckCircleFilled,
  reserved: SoundFilled,
  ringing: SoundFilled,
  talking: PhoneFilled,
  wrap_up: EditFilled,
  break: CoffeeOutlined,
  no_answer: ExclamationCircleFilled,
  unreachable: DisconnectOutlined,
  elsewhere: PhoneFilled,
};

/** A state as colour, icon and word. */
export function StateWord({ state, reason }: { state: AgentState; reason?: string }) {
  const { t } = useTranslation("desk");
  const Icon = ICONS[state];
  return (
    <span className={styles["state"]} data-state={state}>
      <Icon aria-hidden />
      <strong>{t(`state.${state}`)}</strong>
      {reason === undefined ? null : <span>{reason}</span>}
    </span>
  );
}

/** A running time as on a clock, renewed each second. */
export function Running({ from, label }: { from: string; label?: string }) {
  const now = useNow(1_000);
  return (
    <span className="figures" aria-label={label} role={label === undefined ? undefined : "timer"}>
      {duration(since(from, skew.now(now.getTime())))}
    </span>
  );
}
