import { useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LanguageSwitch, ThemeSwitch } from "../shell/preferences";
import styles from "./bare.module.css";

interface Props {
  title: string;
  note?: ReactNode;
  wide?: boolean;
  /** Beside the card where there is room, else under it. */
  aside?: ReactNode;
  children: ReactNode;
}

/** The frame of pages that stand before signing in: one quiet card, language and light at its foot. */
export function Bare({ title, note, wide = false, aside, children }: Props) {
  const { t } = useTranslation(["shell", "common"]);
  useEffect(() => {
    document.title = t("common:tabTitle", { page: title });
  }, [t, title]);
  return (
    <div className={styles["ground"]}>
      <div className={styles["cards"]}>
        <main className={styles["card"]} data-wide={wide || undefined}>
          <div className={styles["brand"]}>
            <img src="/favicon.svg" alt="" width={34} height={34} />
            <span>{t("shell:brand")}</span>
          </div>
          <h1>{title}</h1>
          {note ? <div className={styles["about"]}>{note}</div> : null}
          {children}
        </main>
        {aside}
      </div>
      <div className={styles["tools"]}>
        <ThemeSwitch />
        <LanguageSwitch />
      </div>
    </div>
  );
}
