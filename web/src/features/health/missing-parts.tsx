import { useTranslation } from "react-i18next";
import type { Part } from "./api/get-health";
import styles from "./health.module.css";

/** Parts of the product and whether this build has them: said, so that nobody searches for them. */
export function MissingParts({ parts }: { parts: readonly Part[] }) {
  const { t, i18n } = useTranslation("health");
  const missing = parts.filter(({ state }) => state === "not_in_build");
  if (missing.length === 0) return null;
  const nameOf = (part: string) => {
    const key = `parts.${part}`;
    return i18n.exists(key, { ns: "health" }) ? t(`parts.${part}` as "parts.voice") : part;
  };
  return (
    <section className={styles["panel"]} aria-label={t("notInBuild")}>
      <h2 className={styles["panelTitle"]}>{t("notInBuild")}</h2>
      <ul className={styles["parts"]}>
        {missing.map(({ part }) => (
          <li key={part}>{nameOf(part)}</li>
        ))}
      </ul>
    </section>
  );
}
