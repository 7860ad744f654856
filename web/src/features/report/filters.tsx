import { useQuery } from "@tanstack/react-query";
import { Checkbox, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { Chips } from "@/components/chips";
import { useSession } from "@/lib/session/use-session";
import { queueChoices, teamChoices, type Definition } from "./api/reports";
import { daysOf, GRAINS, PERIODS, PRESETS, STARTS, STOPS, type ReportFilter } from "./filter";
import styles from "./report.module.css";

interface Props {
  definition: Definition | undefined;
  filter: ReportFilter;
  today: string;
  /** Whether goals are drawn in this report. */
  hasGoal: boolean;
  onFilter: (filter: ReportFilter) => void;
}

/** What the report is of: days first, then whose, then how it is counted. */
export function ReportFilters({ definition, filter, today, hasGoal, onFilter }: Props) {
  const { t } = useTranslation(["report", "common"]);
  const { can } = useSession();
  const takes = (name: string) => definition?.filters.includes(name) === true;
  const queues = useQuery(queueChoices(takes("queue") && can("routing.queue.read")));
  const teams = useQuery(teamChoices(filter.centre, takes("team") && can("organization.centre.read")));
  const days = daysOf(filter, today);
  const change = (part: ReportFilter) => {
    onFilter({ ...filter, ...part });
  };
  return (
    <div className={styles["filters"]} role="search">
      <Chips
        label={t("report:period")}
        value={filter.period ?? "today"}
        chips={PERIODS.map((value) => ({ value, label: t(`report:periods.${value}`) }))}
        onChange={(period) => {
          change(period === "own" ? { period, ...days } : { period, from: undefined, to: undefined });
        }}
      />
      {filter.period === "own" ? (
        <>
          {(["from", "to"] as const).map((end) => (
            <Input
              key={end}
              type="date"
              size="small"
              className={styles["days"]}
              aria-label={t(`report:${end}`)}
              value={days[end]}
              onChange={({ target }) => {
                if (target.value !== "") change({ [end]: target.value });
              }}
            />
          ))}
        </>
      ) : null}
      {definition?.grains && definition.grains.length > 0 && days.from !== days.to ? (
        <Chips
          label={t("report:grain")}
          value={filter.grain ?? "day"}
          chips={GRAINS.map((value) => ({ value, label: t(`report:grains.${value}`) }))}
          onChange={(grain) => {
            change({ grain });
          }}
        />
      ) : null}
      {takes("centre") ? (
        <span className={styles["centre"]}>
          <CentrePicker label={t("report:centre")} placeholder={t("report:everyCentre")} value={filter.centre ?? null} onChange={(centre) => { change({ centre: centre ?? undefined, team: undefined }); }} allowClear />
        </span>
      ) : null}
      {takes("queue") && can("routing.queue.read") ? (
        <Select
          size="small"
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          style={{ minWidth: 130 }}
          aria-label={t("report:queue")}
          placeholder={t("report:everyQueue")}
          value={filter.queue}
          loading={queues.isLoading}
          options={queues.data?.items.map((queue) => ({ value: queue.id, label: queue.name }))}
          onChange={(queue: string | undefined) => {
            change({ queue });
          }}
        />
      ) : null}
      {takes("team") && can("organization.centre.read") ? (
        <Select
          size="small"
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          style={{ minWidth: 120 }}
          aria-label={t("report:team")}
          placeholder={t("report:everyTeam")}
          value={filter.team}
          loading={teams.isLoading}
          options={teams.data?.map((team) => ({ value: team.id, label: team.name }))}
          onChange={(team: string | undefined) => {
            change({ team });
          }}
        />
      ) : null}
      {takes("rules") ? <Rules filter={filter} onChange={change} /> : null}
      {hasGoal ? (
        <label>
          {t("report:goal")}
          <InputNumber size="small" className={styles["seconds"]} min={0} max={100} suffix="%" value={filter.goal ?? 85} onChange={(goal) => { change({ goal: goal ?? undefined }); }} />
        </label>
      ) : null}
      {takes("simulated") ? (
        <Checkbox
          checked={filter.simulated === true}
          onChange={({ target }) => {
            change({ simulated: target.checked ? true : undefined });
          }}
        >
          {t("report:simulated")}
        </Checkbox>
      ) : null}
    </div>
  );
}

/** How waits are counted: a preset, or each rule by itself. */
function Rules({ filter, onChange }: { filter: ReportFilter; onChange: (part: ReportFilter) => void }) {
  const { t } = useTranslation("report");
  return (
    <>
      <label>
        {t("rules")}
        <Select
          size="small"
          style={{ minWidth: 150 }}
          value={filter.rules ?? "china15"}
          options={PRESETS.map((value) => ({ value, label: t(`presets.${value}`) }))}
          onChange={(rules) => {
            onChange({ rules });
          }}
        />
      </label>
      {filter.rules === "own" ? (
        <>
          <label>
            {t("start")}
            <Select size="small" style={{ minWidth: 110 }} value={filter.start ?? "key"} options={STARTS.map((value) => ({ value, label: t(`marks.${value}`) }))} onChange={(start) => { onChange({ start }); }} />
          </label>
          <label>
            {t("stop")}
            <Select size="small" style={{ minWidth: 110 }} value={filter.stop ?? "announced"} options={STOPS.map((value) => ({ value, label: t(`marks.${value}`) }))} onChange={(stop) => { onChange({ stop }); }} />
          </label>
          {(["target", "short", "shortTalk"] as const).map((name) => (
            <label key={name}>
              {t(name)}
              <InputNumber size="small" className={styles["seconds"]} min={0} max={name === "target" ? 3600 : 600} suffix="s" value={filter[name] ?? (name === "target" ? 15 : 0)} onChange={(value) => { onChange({ [name]: value ?? undefined }); }} />
            </label>
          ))}
        </>
      ) : null}
    </>
  );
}
