import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PageHeader } from "@/components/page-header";
import { TrafficCard } from "@/features/demo/traffic-card";
import { useSession } from "@/lib/session/use-session";
import { useGroups } from "../shell/use-pages";
import type { Badge } from "../badges";
import type { NavigationPage } from "../navigation";
import styles from "./start.module.css";

/** The first page: what waits for this person, and the way to every page that is open to them. */
export function StartPage() {
  const { t } = useTranslation(["start", "shell"]);
  const { person } = useSession();
  const groups = useGroups();
  return (
    <>
      <PageHeader title={t("shell:pages.start")} note={t("start:greeting", { name: person.name, centre: person.centre.name })} />
      <TrafficCard />
      <div className={styles["groups"]}>
        {groups.map((group) => (
          <section key={group.name} aria-label={t(`shell:groups.${group.name}`)}>
            <h2>{t(`shell:groups.${group.name}`)}</h2>
            <div className={styles["tiles"]}>
              {group.pages.map((page) => (
                <Tile key={page.name} page={page} />
              ))}
            </div>
          </section>
        ))}
      </div>
    </>
  );
}

const noBadge = (): Badge | null => null;

function Tile({ page }: { page: NavigationPage }) {
  const { t, i18n } = useTranslation("shell");
  // A page that is new may have no line about it yet.
  const about: unknown = i18n.getResource(i18n.language, "start", `about.${page.name}`);
  const useBadge = page.useBadge ?? noBadge;
  const badge = useBadge();
  const Icon = page.icon;
  return (
    <Link to={page.to} className={styles["tile"]}>
      <Icon aria-hidden />
      <span className={styles["name"]}>{t(`pages.${page.name}`)}</span>
      <span className={styles["about"]}>{typeof about === "string" ? about : null}</span>
      {badge !== null && badge.count > 0 ? (
        <strong className={styles["waiting"]} data-tone={badge.tone}>
          {t("needAttention", { count: badge.count })}
        </strong>
      ) : null}
    </Link>
  );
}
