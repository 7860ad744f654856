import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LanguageSwitch, ThemeSwitch } from "../shell/preferences";
import styles from "./bare.module.css";

/** The frame of pages that stand before signing in: one quiet card, language and light at its foot. */
export function Bare({ title, wide = false, children }: { title: string; wide?: boolean; children: ReactNode }) {
  const { t } = useTranslation("shell");
  return (
    <div className={styles["ground"]}>
      <main className={styles["card"]} data-wide={wide || undefined}>
        <div className={styles["brand"]}>
          <img src="/favicon.svg" alt="" width={34} height={34} />
          <span>{t("brand")}</span>
        </div>
        <h1>{title}</h1>
        {children}
      </main>
      <div className={styles["tools"]}>
        <ThemeSwitch />
        <LanguageSwitch />
      </div>
    </div>
  );
}
