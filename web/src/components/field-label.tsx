import { QuestionCircleOutlined } from "@ant-design/icons";
import { Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFieldHelp } from "@/lib/help/use-help";
import styles from "./field-label.module.css";

/** A field's name with its help, which opens by hovering or by focusing the mark. */
export function FieldLabel({ help, children }: { help: string; children: ReactNode }) {
  const { t } = useTranslation("parts");
  const text = useFieldHelp(help);
  if (text === undefined) return <>{children}</>;
  return (
    <span className={styles["label"]}>
      {children}
      {/* No <button>: inside a label it would count as the thing that is labelled. */}
      <Tooltip title={text} trigger={["hover", "focus"]}>
        <span
          role="button"
          tabIndex={0}
          className={styles["mark"]}
          aria-label={t("help.field")}
          // A press would go on to the field and close the help again.
          onClick={(event) => {
            event.preventDefault();
            event.currentTarget.focus();
          }}
        >
          <QuestionCircleOutlined aria-hidden />
        </span>
      </Tooltip>
    </span>
  );
}
