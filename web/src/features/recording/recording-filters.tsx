import { CloseOutlined } from "@ant-design/icons";
import { Button, Checkbox, ConfigProvider, Input } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { Chips } from "@/components/chips";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { RANGES, type RecordingFilter } from "./filter";
import styles from "./recording.module.css";

interface Props {
  filter: RecordingFilter;
  onFilter: (filter: RecordingFilter) => void;
}

/** The filters of the list; those that text is typed into apply by Enter. */
export function RecordingFilters({ filter, onFilter }: Props) {
  const { t } = useTranslation("recording");
  const first = useRef<HTMLSpanElement>(null);
  useShortcut({ id: "recordings.search", keys: "/", label: t("search"), group: "page", run: () => first.current?.querySelector("input")?.focus() });
  const days = filter.from !== undefined || filter.to !== undefined;
  const day = (field: "from" | "to", label: string) => (
    <Input
      size="small"
      type="date"
      aria-label={label}
      title={label}
      value={filter[field] ?? ""}
      onChange={(event) => {
        onFilter({ ...filter, [field]: event.target.value || undefined });
      }}
    />
  );
  return (
    <div className={styles["filters"]}>
      <Chips
        label={t("range")}
        value={days ? "days" : (filter.range ?? "week")}
        chips={RANGES.map((value) => ({ value, label: t(`ranges.${value}`) }))}
        onChange={(range) => {
          if (range !== "days") onFilter({ ...filter, range, from: undefined, to: undefined });
        }}
      />
      <span className={styles["days"]}>
        {day("from", t("fromDay"))}
        {day("to", t("toDay"))}
      </span>
      <span ref={first} className={styles["field"]}>
        <WordField key={`staff ${filter.staff ?? ""}`} label={t("staffNumber")} value={filter.staff} onChange={(staff) => { onFilter({ ...filter, staff }); }} />
      </span>
      <span className={styles["field"]}>
        <WordField key={`line ${filter.line ?? ""}`} label={t("line")} value={filter.line} onChange={(line) => { onFilter({ ...filter, line }); }} />
      </span>
      <span className={styles["centre"]}>
        <ConfigProvider componentSize="small">
          <CentrePicker
            label={t("centre")}
            placeholder={t("centre")}
            closed
            allowClear
            value={filter.centre ?? null}
            onChange={(centre) => {
              onFilter({ ...filter, centre: centre ?? undefined });
            }}
          />
        </ConfigProvider>
      </span>
      <Checkbox
        checked={filter.held === true}
        onChange={(event) => {
          onFilter({ ...filter, held: event.target.checked ? true : undefined });
        }}
      >
        {t("onlyHeld")}
      </Checkbox>
      {filter.call === undefined ? null : (
        <Button
          size="small"
          icon={<CloseOutlined aria-hidden />}
          iconPlacement="end"
          onClick={() => {
            onFilter({ ...filter, call: undefined });
          }}
        >
          {t("onlyCall")}
        </Button>
      )}
    </div>
  );
}

interface WordProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

function WordField({ label, value, onChange }: WordProps) {
  const [typed, setTyped] = useState(value ?? "");
  const apply = () => {
    const wanted = typed.trim() || undefined;
    if (wanted !== value) onChange(wanted);
  };
  return (
    <Input
      size="small"
      aria-label={label}
      placeholder={label}
      allowClear
      maxLength={64}
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value);
        if (event.target.value === "" && value !== undefined) onChange(undefined);
      }}
      onPressEnter={apply}
      onBlur={apply}
    />
  );
}
