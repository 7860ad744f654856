import { useTranslation } from "react-i18next";
import { StatusWord, type Tone } from "@/components/status-word";
import type { Outcome, Person } from "./api/contacts";

const TONES: Record<Outcome, Tone> = {
  open: "info", answered_by_agent: "ok", served_by_machine: "ok", abandoned_in_flow: "idle", abandoned_in_queue: "warning", abandoned_ringing: "warning",
  refused: "idle", left_queue: "warning", lost: "fault",
};

/** How a contact ended, as icon and word. */
export function OutcomeWord({ outcome }: { outcome: Outcome }) {
  const { t } = useTranslation("interaction");
  return <StatusWord tone={TONES[outcome]}>{t(`outcomes.${outcome}`)}</StatusWord>;
}

/** A colleague: number and name. */
export function personText(person: Person | undefined): string {
  return person ? [person.number, person.name].filter((word) => word !== "").join(" ") : "";
}

/** A number as people write it. */
export function useCallerText(): (number: string) => string {
  const { t } = useTranslation("interaction");
  return (number) => (number === "" ? t("unknownCaller") : number.replace(/^\+86(?=1)/, ""));
}

/** The Chinese or the English of two. */
export function useOwnWords(): (zh: string, en: string) => string {
  const { i18n } = useTranslation();
  return (zh, en) => (i18n.language === "en" && en !== "" ? en : zh);
}
