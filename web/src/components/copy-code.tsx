import { CheckOutlined, CopyOutlined } from "@ant-design/icons";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "@/lib/clipboard";
import styles from "./copy-code.module.css";

/** A code, command or id in fixed width that copies itself when pressed. */
export function CopyCode({ value, wrap = false }: { value: string; wrap?: boolean }) {
  const { t } = useTranslation("common");
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = window.setTimeout(() => {
      setCopied(false);
    }, 1600);
    return () => {
      window.clearTimeout(timer);
    };
  }, [copied]);
  const name = copied ? t("copied") : t("copyValue", { value });
  return (
    <button
      type="button"
      className={`${styles["code"]} ${wrap ? styles["wrap"] : ""}`}
      title={copied ? t("copied") : t("copy")}
      aria-label={name}
      onClick={() => void copyText(value).then(setCopied)}
    >
      <code>{value}</code>
      <span className={copied ? styles["done"] : styles["icon"]} aria-hidden>
        {copied ? <CheckOutlined /> : <CopyOutlined />}
      </span>
    </button>
  );
}
