import { useTranslation } from "react-i18next";
import { StatusWord, type Tone } from "@/components/status-word";
import type { Message } from "./api/list-messages";

const TONES: Record<Message["state"], Tone> = {
  queued: "idle",
  sending: "info",
  sent: "ok",
  failed: "fault",
  unknown: "warning",
};

export function MessageState({ state }: { state: Message["state"] }) {
  const { t } = useTranslation("notify");
  return <StatusWord tone={TONES[state]}>{t(`states.${state}`)}</StatusWord>;
}
