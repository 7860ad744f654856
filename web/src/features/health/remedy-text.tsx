import { Fragment } from "react";
import { CopyCode } from "@/components/copy-code";

/** Advice with its commands: what stands between backticks can be copied. */
export function RemedyText({ text }: { text: string }) {
  return text.split("`").map((piece, index) => {
    const key = `${index} ${piece}`;
    return index % 2 === 1 ? <CopyCode key={key} value={piece} wrap /> : <Fragment key={key}>{piece}</Fragment>;
  });
}
