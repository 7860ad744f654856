import { useQuery } from "@tanstack/react-query";
import { App, Button, Skeleton, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ReasonDialog } from "@/components/reason-dialog";
import { useDeleteWeek, weeksQuery, type Week } from "./api/calendar";
import styles from "./calendar.module.css";
import { hoursOf } from "./periods";
import { WeekDrawer } from "./week-drawer";
import { WeekGrid } from "./week-grid";

export function daysOf(week: Pick<Week, "periods"> | null) {
  return [1, 2, 3, 4, 5, 6, 7].map((weekday) =>
    (week?.periods ?? []).filter((period) => period.weekday === weekday).map(({ start, end }) => ({ start, end })),
  );
}

function today(): string {
  const now = new Date();
  return `${String(now.getFullYear())}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
}

/** The week that holds today at a centre: the newest that has begun of the nearest centre that has one. */
function holdingOf(items: readonly Week[], at: string): Week | undefined {
  const begun = items.filter((week) => week.valid_from <= at);
  const nearest = begun.at(-1)?.centre.id;
  return begun.filter((week) => week.centre.id === nearest).at(-1);
}

/** The working weeks that count at a centre, its own to be changed. */
export function WeeksPanel({ centre, editable }: { centre: string | undefined; editable: boolean }) {
  const { t } = useTranslation("calendar");
  const { message } = App.useApp();
  const { data, error, refetch } = useQuery(weeksQuery(centre));
  const [editing, setEditing] = useState<Week | "new" | null>(null);
  const [removing, setRemoving] = useState<Week | null>(null);
  const remove = useDeleteWeek();
  if (error) return <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active />;
  const holding = holdingOf(data.items, today());
  const add = editable ? (
    <Button
      type="primary"
      onClick={() => {
        setEditing("new");
      }}
    >
      {t("addWeek")}
    </Button>
  ) : null;
  return (
    <section className={styles["section"]}>
      <div className={styles["head"]}>
        <h2>{t("weeks")}</h2>
        {add}
      </div>
      {data.items.length === 0 ? (
        <EmptyState title={t("noWeek")} action={add}>
          {t("noWeekHint")}
        </EmptyState>
      ) : null}
      {[...data.items].reverse().map((week) => {
        const own = week.centre.id === data.centre.id;
        return (
          <article key={week.id} className={styles["week"]} data-holds={week === holding || undefined}>
            <div className={styles["head"]}>
              <strong>{own ? t("ownWeek") : week.centre.name}</strong>
              <span>{t("from", { date: week.valid_from })}</span>
              {week === holding ? <Tag color="blue">{t("holds")}</Tag> : null}
              <Tag>{t(week.holidays ? "followsHolidays" : "ignoresHolidays")}</Tag>
              <span className={styles["muted"]}>{t("hoursPerWeek", { hours: hoursOf(daysOf(week)) })}</span>
              <span className={styles["muted"]}>{week.updated_by}</span>
              {own && editable ? (
                <span className={styles["actions"]}>
                  <Button
                    size="small"
                    onClick={() => {
                      setEditing(week);
                    }}
                  >
                    {t("edit")}
                  </Button>
                  <Button
                    size="small"
                    danger
                    onClick={() => {
                      setRemoving(week);
                    }}
                  >
                    {t("remove")}
                  </Button>
                </span>
              ) : null}
            </div>
            {week === holding || own ? <WeekGrid days={daysOf(week)} editable={false} onChange={() => undefined} /> : null}
          </article>
        );
      })}
      {editing ? (
        <WeekDrawer
          week={editing === "new" ? null : editing}
          like={editing === "new" ? (holding ?? null) : null}
          centre={data.centre}
          onClose={() => {
            setEditing(null);
          }}
          onSaved={() => {
            setEditing(null);
            void message.success(t("saved"));
          }}
        />
      ) : null}
      <ReasonDialog
        open={removing !== null}
        title={t("removeWeek", { date: removing?.valid_from ?? "" })}
        confirmLabel={t("remove")}
        danger
        consequence={t("removeWeekHint")}
        onConfirm={async (reason) => {
          if (removing) await remove.mutateAsync({ id: removing.id, version: removing.version, reason });
        }}
        onClose={() => {
          setRemoving(null);
        }}
      />
    </section>
  );
}
