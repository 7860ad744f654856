import { useTranslation } from "react-i18next";
import { StatusWord, type Tone } from "@/components/status-word";
import type { PolicyVersion } from "./api/policies";

const TONES: Record<PolicyVersion["state"], Tone> = { draft: "idle", requested: "warning", published: "ok", replaced: "idle" };

export function VersionState({ state }: { state: PolicyVersion["state"] }) {
  const { t } = useTranslation("policies");
  return <StatusWord tone={TONES[state]}>{t(`states.${state}`)}</StatusWord>;
}
