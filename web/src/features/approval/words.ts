import type { Language } from "@/lib/i18n/setup";
import type { Approval } from "./api/list-approvals";
import type { FullApproval } from "./api/get-approval";

export function kindText(item: Pick<Approval, "kind_zh" | "kind_en">, language: Language): string {
  return language === "zh-CN" ? item.kind_zh : item.kind_en;
}

export function personText({ number, name }: Approval["requester"]): string {
  return number === "" ? name : `${number} ${name}`;
}

type Detail = NonNullable<FullApproval["details"]>[number];

/** A line of what changes in the language of the page: values without English words are the same in both. */
export function detailIn(detail: Detail, language: Language): { name: string; before: string; after: string } {
  if (language === "zh-CN") return { name: detail.zh, before: detail.old, after: detail.new };
  return { name: detail.en, before: detail.old_en ?? detail.old, after: detail.new_en ?? detail.new };
}
