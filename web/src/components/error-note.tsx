import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { asApiError, UNREACHABLE } from "@/lib/api/error";
import { errorText } from "@/lib/i18n/error-text";
import { CopyCode } from "./copy-code";
import { ToneIcon } from "./status-word";
import styles from "./error-note.module.css";

interface Props {
  /** What was tried, as a sentence: "The messages could not be loaded." */
  what: string;
  error: unknown;
  onRetry?: () => void;
  /** The word on the button when it is not simply trying again. */
  retryLabel?: string;
}

/** What happened, to what, what to do next, and the code to hand on. */
export function ErrorNote({ what, error, onRetry, retryLabel }: Props) {
  const { t } = useTranslation("common");
  const problem = asApiError(error);
  return (
    <div role="alert" className={styles["note"]}>
      <ToneIcon tone="fault" />
      <div className={styles["body"]}>
        <strong>{what}</strong>
        <p>{errorText(problem.code, problem.detail)}</p>
        {problem.code === UNREACHABLE ? null : <p className={styles["next"]}>{t("errorNext")}</p>}
        <div className={styles["foot"]}>
          {onRetry ? (
            <Button size="small" onClick={onRetry}>
              {retryLabel ?? t("retry")}
            </Button>
          ) : null}
          <CopyCode value={problem.code} />
          {problem.status >= 500 && problem.request ? <CopyCode value={problem.request} /> : null}
        </div>
      </div>
    </div>
  );
}
