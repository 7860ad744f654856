import { useTranslation } from "react-i18next";
import { StatusWord, type Tone } from "@/components/status-word";
import { useLanguage } from "@/lib/i18n/hooks";
import type { Staff } from "./api/staff";

const TONES: Record<Staff["state"], Tone> = { active: "ok", suspended: "warning", left: "idle" };

export function StaffState({ state }: { state: Staff["state"] }) {
  const { t } = useTranslation("staff");
  return <StatusWord tone={TONES[state]}>{t(`states.${state}`)}</StatusWord>;
}

/** The name of a post in the language of the page. */
export function usePostName(): (post: { post_zh: string; post_en: string }) => string {
  const language = useLanguage();
  return ({ post_zh, post_en }) => (language === "en" ? post_en : post_zh);
}
