import { Radio, Switch } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/lib/i18n/hooks";
import { changeLanguage, languages, type Language } from "@/lib/i18n/setup";
import { singleKeys } from "@/lib/shortcuts/registry";
import { useSingleKeys } from "@/lib/shortcuts/use-shortcut";
import { modes, setMode, useMode, type Mode } from "@/lib/theme/mode";
import { OwnKeys } from "./own-keys";
import styles from "./profile.module.css";
import { Section } from "./section";

/** Language, light and keys: kept for the account, so that they are the same at the next desk. */
export function Preferences() {
  const { t } = useTranslation(["identity", "shell"]);
  const id = useId();
  const language = useLanguage();
  const mode = useMode();
  const enabled = useSingleKeys();
  return (
    <>
      <Section title={t("identity:profile.look")} note={t("identity:profile.lookNote")}>
        <div className={styles["choices"]}>
          <Radio.Group
            aria-label={t("shell:language.label")}
            value={language}
            optionType="button"
            options={languages.map((value) => ({ value, label: t(`shell:language.${value}`) }))}
            onChange={(event) => void changeLanguage(event.target.value as Language)}
          />
          <Radio.Group
            aria-label={t("shell:theme.label")}
            value={mode}
            optionType="button"
            options={modes.map((value) => ({ value, label: t(`shell:theme.${value}`) }))}
            onChange={(event) => {
              setMode(event.target.value as Mode);
            }}
          />
        </div>
      </Section>
      <Section title={t("identity:profile.keys")}>
        <div className={styles["choices"]}>
          <span>
            <Switch
              id={id}
              size="small"
              checked={enabled}
              onChange={(checked) => {
                singleKeys.set(checked);
              }}
            />{" "}
            <label htmlFor={id}>{t("shell:shortcuts.singleKeys")}</label>
          </span>
          <span className={styles["muted"]}>{t("shell:shortcuts.singleKeysHint")}</span>
        </div>
        <OwnKeys />
      </Section>
    </>
  );
}
