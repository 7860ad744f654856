import { CloseOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, ConfigProvider, Input, Select } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { Chips } from "@/components/chips";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { thingText } from "./action-text";
import styles from "./audit.module.css";
import { RANGES, type AuditFilter } from "./filter";

/** The beginnings of actions that are offered; any other can be in the address. */
const AREAS = ["organization.", "identity.", "approval.", "setting.", "numbering.", "calendar.", "voice.recording.", "notify.", "audit.personal.reveal", "audit."] as const;

interface Props {
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
}

/** The filters of the audit; those that text is typed into apply by Enter. */
export function FilterBar({ filter, onFilter }: Props) {
  const { t } = useTranslation(["audit", "common"]);
  const first = useRef<HTMLSpanElement>(null);
  useShortcut({
    id: "audit.search",
    keys: "/",
    label: t("audit:search"),
    group: "page",
    run: () => first.current?.querySelector("input")?.focus(),
  });
  const days = filter.from !== undefined || filter.to !== undefined;
  const known = AREAS.find((area) => area === filter.action);
  return (
    <div className={styles["filters"]}>
      <Chips
        label={t("audit:range")}
        value={days ? "days" : (filter.range ?? "month")}
        chips={RANGES.map((value) => ({ value, label: t(`audit:ranges.${value}`) }))}
        onChange={(range) => {
          if (range !== "days") onFilter({ ...filter, range, from: undefined, to: undefined });
        }}
      />
      <span className={styles["days"]}>
        <DayField
          label={t("audit:fromDay")}
          value={filter.from}
          onChange={(from) => {
            onFilter({ ...filter, from });
          }}
        />
        <DayField
          label={t("audit:toDay")}
          value={filter.to}
          onChange={(to) => {
            onFilter({ ...filter, to });
          }}
        />
      </span>
      <span ref={first} className={styles["field"]}>
        <TextField
          key={`text ${filter.text ?? ""}`}
          label={t("audit:searchText")}
          value={filter.text}
          onChange={(text) => {
            onFilter({ ...filter, text });
          }}
        />
      </span>
      <span className={styles["shortField"]}>
        <TextField
          key={`actor ${filter.actor ?? ""}`}
          label={t("audit:actorNumber")}
          value={filter.actor}
          onChange={(actor) => {
            onFilter({ ...filter, actor });
          }}
        />
      </span>
      <Select
        size="small"
        className={styles["area"]}
        aria-label={t("audit:area")}
        placeholder={t("audit:area")}
        allowClear
        value={filter.action === undefined ? undefined : (known ?? filter.action)}
        options={AREAS.map((value) => ({ value: value, label: t(`audit:areas.${areaKey(value)}`) }))}
        onChange={(action: string | undefined) => {
          onFilter({ ...filter, action });
        }}
      />
      <span className={styles["centre"]}>
        <ConfigProvider componentSize="small">
          <CentrePicker
            label={t("audit:centre")}
            placeholder={t("audit:centre")}
            closed
            allowClear
            value={filter.centre ?? null}
            onChange={(centre) => {
              onFilter({ ...filter, centre: centre ?? undefined });
            }}
          />
        </ConfigProvider>
      </span>
      {filter.kind !== undefined || filter.object !== undefined ? (
        <Button
          size="small"
          icon={<CloseOutlined aria-hidden />}
          iconPlacement="end"
          className={styles["objectChip"]}
          onClick={() => {
            onFilter({ ...filter, kind: undefined, object: undefined });
          }}
        >
          {t("audit:objectFilter", { kind: thingText(filter.kind ?? ""), id: filter.object ?? "" })}
        </Button>
      ) : null}
    </div>
  );
}

type AreaKey = "organization" | "identity" | "approval" | "setting" | "numbering" | "calendar" | "recording" | "notify" | "audit" | "reveal";

function areaKey(area: (typeof AREAS)[number]): AreaKey {
  if (area === "voice.recording.") return "recording";
  return area === "audit.personal.reveal" ? "reveal" : (area.slice(0, -1) as AreaKey);
}

interface FieldProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

function DayField({ label, value, onChange }: FieldProps) {
  return (
    <Input
      size="small"
      type="date"
      aria-label={label}
      title={label}
      value={value ?? ""}
      onChange={(event) => {
        onChange(event.target.value || undefined);
      }}
    />
  );
}

function TextField({ label, value, onChange }: FieldProps) {
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
      prefix={<SearchOutlined aria-hidden />}
      allowClear
      maxLength={200}
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
