import { Select } from "antd";
import { useCodeOptions } from "./use-places";

interface Props {
  id?: string;
  value?: string;
  onChange?: (value: string) => void;
  table: string;
  /** Only codes below this one. */
  parent?: string;
  allowClear?: boolean;
  disabled?: boolean;
  label?: string;
  placeholder?: string;
}

/** Chooses a code of a table by name, code, pinyin initials or area code. */
export function CodeSelect({ id, value, onChange, table, parent, allowClear = false, disabled, label, placeholder }: Props) {
  const { options, pending, error } = useCodeOptions(table);
  const shown = parent ? options.filter((option) => option.parent === parent) : options;
  return (
    <Select
      style={{ width: "100%" }}
      id={id}
      aria-label={label}
      value={value === "" ? undefined : value}
      onChange={(next: string | undefined) => onChange?.(next ?? "")}
      options={shown}
      loading={pending}
      status={error ? "error" : undefined}
      allowClear={allowClear}
      disabled={disabled}
      placeholder={placeholder}
      popupMatchSelectWidth={false}
      showSearch={{ filterOption: (input, option) => option?.search.includes(input.toLowerCase()) ?? false }}
    />
  );
}
