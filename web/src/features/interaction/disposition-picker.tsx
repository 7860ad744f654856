import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { dispositionsQuery } from "./api/contacts";
import { useOwnWords } from "./words";

interface Props {
  value: readonly string[];
  onChange: (codes: string[]) => void;
  /** One at most. */
  one?: boolean;
  size?: "small" | "middle";
  className?: string;
  /** What chosen codes are called, where it is known already. */
  known?: Readonly<Record<string, string>>;
}

const MOST = 10;

/** Chooses what a contact was about: by name, code, pinyin or its initials. */
export function DispositionPicker({ value, onChange, one = false, size = "middle", className, known = {} }: Props) {
  const { t } = useTranslation("interaction");
  const own = useOwnWords();
  const [typed, setTyped] = useState("");
  const words = useDeferredValue(typed.trim());
  const found = useQuery({ ...dispositionsQuery(words), placeholderData: keepPreviousData });
  const leaves = (found.data ?? []).filter(({ leaf }) => leaf);
  const options = leaves.map(({ code, path, path_en }) => ({ value: code, label: own(path, path_en) }));
  const missing = value.filter((code) => !options.some((option) => option.value === code)).map((code) => ({ value: code, label: known[code] ?? code }));
  return (
    <Select
      mode="multiple"
      size={size}
      className={className}
      aria-label={t("disposition")}
      placeholder={t("dispositionPick")}
      maxCount={one ? undefined : MOST}
      value={[...value]}
      showSearch={{ filterOption: false, searchValue: typed, onSearch: setTyped }}
      options={typed === "" ? [...missing, ...options] : options}
      notFoundContent={found.isPending ? t("searching") : t("noDisposition")}
      onChange={(codes: string[]) => {
        setTyped("");
        onChange(one ? codes.slice(-1) : codes);
      }}
    />
  );
}
