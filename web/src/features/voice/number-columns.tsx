import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { StatusWord } from "@/components/status-word";
import { useCentres } from "@/lib/places/use-centres";
import { CAUSES, type NumberAction } from "./api/numbers";
import type { Prompt } from "./api/prompts";
import { length } from "./prompt-pane";

/** Where a call to a number goes, in words. */
export function useTarget(): (row: NumberAction) => string {
  const { t } = useTranslation("voice");
  return (row) => {
    switch (row.act) {
      case "prompt":
        return row.repeat ? `${row.prompt_name} · ${t("numbers.repeated")}` : row.prompt_name;
      case "phone":
        return row.phone_number;
      case "trunk":
        return row.group;
      case "reject": {
        const cause = CAUSES.find((one) => one === row.cause);
        return cause ? t(`reasons.${cause}`) : row.cause;
      }
      case "queue":
        return row.queue;
      case "flow":
        return row.queue === "" ? row.flow : `${row.flow} → ${row.queue}`;
      case "echo":
        return "";
    }
  };
}

/** What the columns of the sheet are called on this page. */
export function useSheetColumnName(): (key: string) => string {
  const { t } = useTranslation("voice");
  const names: Record<string, string> = {
    number: t("numbers.number"), match: t("numbers.match"), name: t("name"), centre: t("centre"), centre_id: t("centre"), act: t("numbers.act"), prompt: t("numbers.prompt"),
    prompt_id: t("numbers.prompt"), repeat: t("numbers.repeatShort"), phone: t("numbers.phone"), phone_id: t("numbers.phone"), group: t("numbers.group"),
    group_id: t("numbers.group"), cause: t("numbers.cause"), queue: t("numbers.queue"), flow: t("numbers.flow"), disabled: t("disabled"), note: t("note"),
  };
  return (key) => names[key] ?? key;
}

export function useNumberColumns(): Column<NumberAction>[] {
  const { t } = useTranslation("voice");
  const { nameOf } = useCentres();
  const target = useTarget();
  return [
    { key: "number", title: t("numbers.number"), width: 140, render: (row) => <span className="figures">{row.number}</span> },
    { key: "name", title: t("name"), render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "act", title: t("numbers.act"), width: 140, render: (row) => t(`numbers.acts.${row.act}`) },
    { key: "target", title: t("numbers.target"), width: 190, render: (row) => <span title={target(row)}>{target(row)}</span> },
    { key: "centre", title: t("centre"), width: 200, inDetails: true, render: (row) => <span title={nameOf(row.centre_id)}>{nameOf(row.centre_id)}</span> },
    { key: "state", title: t("state"), width: 100, inDetails: true, render: (row) => <StatusWord tone={row.disabled ? "idle" : "ok"}>{t(row.disabled ? "outOfUse" : "inUse")}</StatusWord> },
  ];
}

export function usePromptColumns(): Column<Prompt>[] {
  const { t } = useTranslation("voice");
  const { nameOf } = useCentres();
  return [
    { key: "name", title: t("name"), render: (row) => <span title={row.name}>{row.name}</span> },
    { key: "length", title: t("prompts.length"), width: 100, align: "end", render: (row) => <span className="figures">{length(row.duration_ms)}</span> },
    { key: "format", title: t("prompts.format"), width: 150, inDetails: true, render: (row) => t("prompts.formatText", { khz: row.sample_rate / 1000, channels: t(row.channels === 1 ? "prompts.mono" : "prompts.stereo") }) },
    { key: "centre", title: t("centre"), width: 200, inDetails: true, render: (row) => <span title={nameOf(row.centre_id)}>{nameOf(row.centre_id)}</span> },
  ];
}
