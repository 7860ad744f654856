import { useTranslation } from "react-i18next";
import { StatusWord, type Tone } from "@/components/status-word";
import type { Approval } from "./api/list-approvals";

const TONES: Record<Approval["state"], Tone> = {
  open: "warning",
  approved: "ok",
  refused: "fault",
  withdrawn: "idle",
  expired: "idle",
  failed: "fault",
};

export function ApprovalState({ state }: { state: Approval["state"] }) {
  const { t } = useTranslation("approval");
  return <StatusWord tone={TONES[state]}>{t(`states.${state}`)}</StatusWord>;
}
