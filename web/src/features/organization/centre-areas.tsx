import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { centreAreasQuery } from "./api/areas";
import type { Centre } from "./api/centres";
import { OverlapMark } from "./area-words";
import styles from "./organization.module.css";
import { useAreaWords } from "./use-area-words";

/** What a centre serves, apart from where it stands. */
export function CentreAreas({ centre, onAreas }: { centre: Centre; onAreas: (centre: string) => void }) {
  const { t } = useTranslation("organization");
  const { data, error, isPending, refetch } = useQuery(centreAreasQuery(centre.id));
  const words = useAreaWords();
  const areas = data ?? [];
  return (
    <section className={styles["section"]} aria-label={t("areas.title")}>
      <header>
        <h3>{t("areas.title")}</h3>
        <Button
          onClick={() => {
            onAreas(centre.id);
          }}
        >
          {t("areas.open")}
        </Button>
      </header>
      {error ? (
        <ErrorNote what={t("areas.loadFailed")} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 2, width: "100%" }} />
      ) : areas.length === 0 ? (
        <p className={styles["muted"]}>{t("areas.noneOfCentre")}</p>
      ) : (
        <table className={styles["rows"]}>
          <thead>
            <tr>
              <th scope="col">{t("areaColumns.service")}</th>
              <th scope="col">{t("areaColumns.selector")}</th>
              <th scope="col">{t("areaColumns.value")}</th>
              <th scope="col">{t("areas.validity")}</th>
            </tr>
          </thead>
          <tbody>
            {areas.map((area) => (
              <tr key={area.id}>
                <td>{words.service(area.service)}</td>
                <td>{t(`selectors.${area.selector}`)}</td>
                <td>
                  {words.value(area)} <OverlapMark area={area} />
                </td>
                <td>{words.validity(area)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
