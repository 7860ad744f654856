import { Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { Kbd } from "@/components/kbd";
import { usePageHelp } from "@/lib/help/use-help";
import { useShortcuts } from "@/lib/shortcuts/use-shortcut";
import styles from "./help.module.css";

interface Props {
  page: string;
  title: string;
  onClose: () => void;
}

/** What a page is for and how it is used: the built-in words first, then what this operator added. */
export function HelpDrawer({ page, title, onClose }: Props) {
  const { t } = useTranslation(["parts", "common"]);
  const help = usePageHelp(page);
  const keys = useShortcuts().filter((shortcut) => shortcut.group === "page");
  return (
    <Drawer open onClose={onClose} size={440} title={t("parts:help.title", { page: title })}>
      <div className={styles["body"]}>
        {help ? (
          <>
            <p className={styles["what"]}>{help.what}</p>
            {help.steps.length > 0 ? (
              <section>
                <h3>{t("parts:help.steps")}</h3>
                <ol>
                  {help.steps.map((step) => (
                    <li key={step}>{step}</li>
                  ))}
                </ol>
              </section>
            ) : null}
            {help.notes.length > 0 ? (
              <section>
                <h3>{t("parts:help.notes")}</h3>
                <ul>
                  {help.notes.map((note) => (
                    <li key={note}>{note}</li>
                  ))}
                </ul>
              </section>
            ) : null}
          </>
        ) : null}
        {keys.length > 0 ? (
          <section>
            <h3>{t("parts:help.keys")}</h3>
            <ul className={styles["keys"]}>
              {keys.map((shortcut) => (
                <li key={shortcut.id}>
                  <span>{shortcut.label}</span>
                  {shortcut.keys.map((key) => (
                    <Kbd key={key} keys={key} />
                  ))}
                </li>
              ))}
            </ul>
          </section>
        ) : null}
      </div>
    </Drawer>
  );
}
