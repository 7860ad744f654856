import { Input, InputNumber, Radio, Select, Space } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Setting } from "./api/settings";
import { useSettingWords } from "./use-setting-words";
import { joinSeconds, numberOf, splitSeconds, textOf, textsOf, UNITS, type Unit } from "./value";

interface Props {
  /** Set by the form field around it. */
  id?: string;
  setting: Setting;
  value?: unknown;
  onChange?: (value: unknown) => void;
}

/** The field for a value, by the setting's type. */
export function ValueField({ id, setting, value, onChange }: Props) {
  const { t } = useTranslation("setting");
  const { optionOf, unitOf } = useSettingWords();
  switch (setting.type) {
    case "bool":
      return (
        <Radio.Group
          id={id}
          value={value}
          options={[
            { value: true, label: t("yes") },
            { value: false, label: t("no") },
          ]}
          onChange={(event) => onChange?.(event.target.value)}
        />
      );
    case "choice":
      return (
        <Select<string>
          id={id}
          value={textOf(value)}
          options={setting.choices.map((option) => ({ value: option.value, label: optionOf(option) }))}
          onChange={onChange}
        />
      );
    case "int":
      return (
        <InputNumber<number>
          id={id}
          value={numberOf(value)}
          precision={0}
          min={numberOf(setting.min)}
          max={numberOf(setting.max)}
          suffix={setting.unit === "" ? undefined : unitOf(setting.unit)}
          style={{ width: 220 }}
          onChange={(next) => onChange?.(next)}
        />
      );
    case "duration":
      return <DurationField id={id} value={numberOf(value) ?? 0} onChange={onChange} />;
    case "decimal":
      return <Input id={id} value={String(value)} inputMode="decimal" style={{ width: 220 }} onChange={(event) => onChange?.(event.target.value)} />;
    case "text":
      return <Input id={id} value={textOf(value)} maxLength={1000} onChange={(event) => onChange?.(event.target.value)} />;
    case "texts":
      return (
        <Input.TextArea
          id={id}
          value={textsOf(value).join("\n")}
          autoSize={{ minRows: 3, maxRows: 10 }}
          onChange={(event) => onChange?.(event.target.value.split("\n"))}
        />
      );
  }
}

function DurationField({ id, value, onChange }: { id?: string; value: number; onChange?: (seconds: number) => void }) {
  const { t } = useTranslation("setting");
  const [unit, setUnit] = useState<Unit>(() => splitSeconds(value).unit);
  const seconds = UNITS.find((entry) => entry.unit === unit)?.seconds ?? 1;
  return (
    <Space.Compact>
      <InputNumber<number>
        id={id}
        value={value / seconds}
        min={0}
        precision={value % seconds === 0 ? 0 : undefined}
        style={{ width: 120 }}
        onChange={(amount) => onChange?.(Math.round(joinSeconds(amount ?? 0, unit)))}
      />
      <Select<Unit>
        aria-label={t("unit")}
        value={unit}
        style={{ width: 100 }}
        options={UNITS.map((entry) => ({ value: entry.unit, label: t(`spanUnits.${entry.unit}`) }))}
        onChange={(next) => {
          setUnit(next);
          onChange?.(Math.round(joinSeconds(value / seconds, next)));
        }}
      />
    </Space.Compact>
  );
}
