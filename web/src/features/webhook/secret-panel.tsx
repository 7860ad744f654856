import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import styles from "./webhook.module.css";

/** The signing secret, the only time that it is shown. */
export function SecretPanel({ secret }: { secret: string }) {
  const { t } = useTranslation("webhook");
  return (
    <div className={styles["secret"]} role="status">
      <p>{t("secretOnce")}</p>
      <CopyCode value={secret} wrap />
      <p className={styles["muted"]}>{t("secretUse")}</p>
    </div>
  );
}
