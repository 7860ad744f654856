import { Input } from "antd";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useCentres } from "@/lib/places/use-centres";
import { warm } from "@/lib/warm";
import type { CentreTreeProps } from "./centre-tree";

const CentreTree = warm(async () => (await import("./centre-tree")).CentreTree);

/** Fetches the tree before it is needed. */
export const preloadCentreTree = CentreTree.preload;

/** Chooses a centre from the tree of the organisation, by name or code. */
export function CentrePicker(props: CentreTreeProps) {
  const { t } = useTranslation("parts");
  const { nameOf } = useCentres();
  const { value, placeholder, label, id } = props;
  // Until the tree is there its place is kept, with the value in it.
  const waiting = (
    <Input id={id} aria-label={label} disabled value={value ? nameOf(value) : ""} placeholder={placeholder ?? t("centre.choose")} style={{ minWidth: 180 }} />
  );
  return (
    <Suspense fallback={waiting}>
      <CentreTree {...props} />
    </Suspense>
  );
}
