import { useTranslation } from "react-i18next";
import { useLanguage } from "@/lib/i18n/hooks";
import type { Description } from "./api/posts";
import { MarkdownText } from "./markdown-text";
import styles from "./people.module.css";

export const DESCRIPTION_PARTS = ["duties", "authority", "subordinates", "qualifications"] as const;

type Texts = Pick<Description, (typeof DESCRIPTION_PARTS)[number]>;

/** What a job description says, part by part. */
export function DescriptionView({ description }: { description: Texts & Pick<Description, "reports_to_zh" | "reports_to_en"> }) {
  const { t } = useTranslation("staff");
  const language = useLanguage();
  const above = language === "en" ? description.reports_to_en : description.reports_to_zh;
  return (
    <>
      {DESCRIPTION_PARTS.map((part) => (
        <section key={part} className={styles["section"]}>
          <h3>{t(`posts.parts.${part}`)}</h3>
          {description[part] ? <MarkdownText text={description[part]} /> : <p className={styles["muted"]}>{t("posts.notWritten")}</p>}
          {part === "authority" ? <p className={styles["muted"]}>{above ? t("posts.reportsTo", { post: above }) : t("posts.reportsToNobody")}</p> : null}
        </section>
      ))}
    </>
  );
}
