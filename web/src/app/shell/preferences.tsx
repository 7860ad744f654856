import { BulbOutlined, GlobalOutlined, MoonOutlined, SunOutlined } from "@ant-design/icons";
import { Button, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/lib/i18n/hooks";
import { changeLanguage } from "@/lib/i18n/setup";
import { modes, setMode, useMode, type Mode } from "@/lib/theme/mode";

const ICONS = { system: BulbOutlined, light: SunOutlined, dark: MoonOutlined };

export function nextMode(mode: Mode): Mode {
  return modes[(modes.indexOf(mode) + 1) % modes.length] ?? "system";
}

/** Goes round: as the system, light, dark. */
export function ThemeSwitch() {
  const { t } = useTranslation("shell");
  const mode = useMode();
  const Icon = ICONS[mode];
  const label = t("theme.use", { name: t(`theme.${mode}`) });
  return (
    <Tooltip title={label} placement="top">
      <Button
        type="text"
        size="small"
        icon={<Icon />}
        aria-label={label}
        onClick={() => {
          setMode(nextMode(mode));
        }}
      />
    </Tooltip>
  );
}

export function LanguageSwitch() {
  const { t } = useTranslation("shell");
  const language = useLanguage();
  const label = t("language.use", { name: t(`language.${language}`) });
  return (
    <Tooltip title={label} placement="top">
      <Button
        type="text"
        size="small"
        icon={<GlobalOutlined />}
        aria-label={label}
        onClick={() => void changeLanguage(language === "zh-CN" ? "en" : "zh-CN")}
      />
    </Tooltip>
  );
}
