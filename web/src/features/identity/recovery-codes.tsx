import { Button, Checkbox } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import styles from "./identity.module.css";

/** The codes for whoever loses the authenticator, shown once. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useTranslation("identity");
  const [kept, setKept] = useState(false);
  return (
    <section aria-label={t("codes.title")} className={styles["codes"]}>
      <strong>{t("codes.title")}</strong>
      <p>{t("codes.about")}</p>
      <ul>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <CopyCode value={codes.join(" ")} wrap />
      <Checkbox
        checked={kept}
        onChange={(event) => {
          setKept(event.target.checked);
        }}
      >
        {t("codes.kept")}
      </Checkbox>
      <Button type="primary" disabled={!kept} onClick={onDone}>
        {t("codes.done")}
      </Button>
    </section>
  );
}
