import { Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { Kbd } from "@/components/kbd";
import { SafeHtml } from "@/components/safe-html";
import { useAdditions } from "@/lib/help/use-additions";
import { usePageHelp } from "@/lib/help/use-help";
import { useSession } from "@/lib/session/use-session";
import { useShortcuts } from "@/lib/shortcuts/use-shortcut";
import styles from "./help.module.css";

interface Props {
  /** Such as "organization.staff". */
  page: string;
  title: string;
  onClose: () => void;
}

/** What a page is for and how it is used: the built-in words first, then what this operator added. */
export function HelpDrawer({ page, title, onClose }: Props) {
  const { t } = useTranslation(["parts", "common"]);
  const { can } = useSession();
  const help = usePageHelp(page);
  const keys = useShortcuts().filter((shortcut) => shortcut.group === "page");
  return (
    <Drawer
      open
      onClose={onClose}
      size={440}
      title={t("parts:help.title", { page: title })}
      extra={can("setting.help.edit") ? <a href={`/help-texts?q=${encodeURIComponent(page)}`}>{t("parts:help.edit")}</a> : undefined}
    >
      <div className={styles["body"]}>
        {help ? <p className={styles["what"]}>{help.what}</p> : null}
        {help && help.steps.length > 0 ? (
          <section>
            <h3>{t("parts:help.steps")}</h3>
            <ol>
              {help.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          </section>
        ) : null}
        {help && help.notes.length > 0 ? (
          <section>
            <h3>{t("parts:help.notes")}</h3>
            <ul>
              {help.notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </section>
        ) : null}
        <Additions page={page} />
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

function Additions({ page }: { page: string }) {
  const { t } = useTranslation("parts");
  const { items, error, retry } = useAdditions(page);
  if (error) return <ErrorNote what={t("help.additionFailed")} error={error} onRetry={retry} />;
  if (items.length === 0) return null;
  return (
    <section>
      <h3>{t("help.additions")}</h3>
      {items.map((addition) => (
        <article key={`${addition.key} ${addition.centre.id}`} className={styles["addition"]}>
          <strong>
            {addition.centre.name}
            {addition.key === page ? null : ` · ${t("help.forField", { field: addition.key.slice(page.length + 1) })}`}
          </strong>
          {/* Rendered and cleaned by the server. */}
          <SafeHtml html={addition.body_html} />
        </article>
      ))}
    </section>
  );
}
