import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { Chips } from "@/components/chips";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { calendarKey, weeksQuery } from "./api/calendar";
import styles from "./calendar.module.css";
import { TryPanel } from "./try-panel";
import { WeeksPanel } from "./weeks-panel";
import { YearPanel } from "./year-panel";

export interface CalendarFilter {
  centre?: string;
  year?: number;
  part?: "weeks" | "year" | "try";
}

interface Props {
  filter: CalendarFilter;
  onFilter: (filter: CalendarFilter) => void;
}

/** Working time of a centre: its weeks, the year with holidays, and a deadline to try out. */
export function CalendarView({ filter, onFilter }: Props) {
  const { t } = useTranslation("calendar");
  const { can, person } = useSession();
  const client = useQueryClient();
  const weeks = useQuery(weeksQuery(filter.centre));
  const refresh = () => void client.invalidateQueries({ queryKey: calendarKey });
  useLiveTopic("calendar.changed", refresh);
  const editable = can("calendar.hours.edit");
  const year = filter.year ?? new Date().getFullYear();
  const part = filter.part ?? "weeks";
  const list = part === "year" ? "days" : "weeks";
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("title")}
        note={t("note")}
        help="calendar.hours"
        actions={
          <ExcelMenu
            exportPath={`/api/calendar/${list}/export`}
            importPath={editable ? `/api/calendar/${list}/import${filter.centre ? `?centre=${filter.centre}` : ""}` : undefined}
            query={{ centre: filter.centre, year: part === "year" ? year : undefined }}
            onImported={refresh}
          />
        }
      />
      <div className={styles["filters"]}>
        <div className={styles["centre"]}>
          <CentrePicker
            label={t("centre")}
            value={filter.centre ?? weeks.data?.centre.id ?? person.centre.id}
            onChange={(centre) => {
              onFilter({ ...filter, centre: centre ?? undefined });
            }}
          />
        </div>
        <Chips
          label={t("part")}
          value={part}
          chips={(["weeks", "year", "try"] as const).map((value) => ({ value, label: t(`parts.${value}`) }))}
          onChange={(next) => {
            onFilter({ ...filter, part: next });
          }}
        />
      </div>
      <div className={styles["main"]}>
        {part === "weeks" ? <WeeksPanel key={filter.centre ?? ""} centre={filter.centre} editable={editable} /> : null}
        {part === "year" ? (
          <YearPanel
            centre={filter.centre}
            year={year}
            editable={editable}
            onYear={(next) => {
              onFilter({ ...filter, year: next });
            }}
          />
        ) : null}
        {part === "try" && weeks.data ? <TryPanel key={weeks.data.centre.time_zone} centre={filter.centre} zone={weeks.data.centre.time_zone} /> : null}
      </div>
    </div>
  );
}
