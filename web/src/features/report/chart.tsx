import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use as register, type EChartsType } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/lib/i18n/hooks";
import { useShade } from "@/lib/theme/mode";
import { fontFamily, palettes, type Palette } from "@/lib/theme/tokens";
import type { Column, ReportTable } from "./api/reports";
import { figureText, wordsOf } from "./figure";
import styles from "./report.module.css";

register([BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

/** The colours mean the same as on every page. */
const TONES: Record<string, keyof Palette> = {
  answered: "ok", abandoned: "fault", elsewhere: "warning", refused: "control", lost: "muted",
  talk_time: "info", wrap_up_time: "warning", ready_time: "ok", break_time: "control",
  waited_answered: "ok", waited_abandoned: "fault", in_flow: "control", in_queue: "fault", while_ringing: "warning",
  recordings: "ok", archive_missing: "fault", trunk_answered: "ok", trunk_failed: "fault",
};

interface Props {
  table: ReportTable;
  label: string;
  /** Per cent, drawn as a line. */
  goal: number;
}

/** What is drawn, from the table's own columns and rows. */
function optionOf(table: ReportTable, p: Palette, language: string, goal: number, goalName: string) {
  const { bars = [], lines = [], deepest = 0 } = table.chart ?? {};
  const rows = table.rows.filter((row) => row.depth <= deepest);
  const columnOf = (key: string) => table.columns.findIndex((column) => column.key === key);
  const valuesOf = (at: number) => rows.map((row) => row.values[at] ?? null);
  const nameOf = (column: Column) => wordsOf(column, language).name;
  const axis = { axisLabel: { color: p.muted, fontSize: 12 }, axisLine: { lineStyle: { color: p.control } }, splitLine: { lineStyle: { color: p.line } } };
  const shown = (keys: readonly string[]) => keys.map(columnOf).flatMap((at) => {
    const column = table.columns[at];
    return column === undefined || (valuesOf(at).every((value) => value === null || value === 0) && keys.length > 2) ? [] : [{ at, column }];
  });
  const barColumns = shown(bars);
  const lineColumns = shown(lines);
  const barUnit = barColumns[0]?.column.unit ?? "count";
  const lineUnit = lineColumns[0]?.column.unit ?? "percent";
  const few = rows.length <= 16;
  const side = (unit: Column["unit"], right: boolean) => ({
    type: "value" as const, min: 0, max: unit === "percent" ? 100 : undefined, position: right ? ("right" as const) : ("left" as const), ...axis,
    minInterval: unit === "count" ? 1 : undefined,
    splitLine: right ? { show: false } : axis.splitLine,
    axisLabel: { ...axis.axisLabel, formatter: (value: number) => (unit === "percent" ? `${String(value)}%` : figureText(value, unit, language)) },
  });
  return {
    animation: false,
    textStyle: { fontFamily },
    grid: { left: 8, right: lineColumns.length > 0 ? 8 : 16, top: 40, bottom: 4, containLabel: true },
    legend: { top: 4, left: 8, textStyle: { color: p.text }, icon: "roundRect", itemWidth: 12, itemHeight: 12 },
    tooltip: {
      trigger: "axis" as const, backgroundColor: p.surface, borderColor: p.line, textStyle: { color: p.text }, axisPointer: { type: "shadow" as const },
      formatter: (points: unknown) => {
        const first = Array.isArray(points) ? (points[0] as { dataIndex?: number } | undefined) : undefined;
        const row = rows[first?.dataIndex ?? -1];
        if (row === undefined) return "";
        const box = document.createElement("div");
        for (const line of [wordsOf(row.name, language), ...[...barColumns, ...lineColumns].map(({ at, column }) => `${nameOf(column)}  ${figureText(row.values[at] ?? null, column.unit, language)}`)]) {
          box.append(Object.assign(document.createElement("div"), { textContent: line }));
        }
        return box;
      },
    },
    xAxis: { type: "category" as const, data: rows.map((row) => wordsOf(row.name, language)), ...axis, splitLine: { show: false }, axisTick: { show: false } },
    yAxis: [side(barUnit, false), ...(lineColumns.length > 0 ? [side(lineUnit, true)] : [])],
    series: [
      ...barColumns.map(({ at, column }) => ({
        type: "bar" as const, name: nameOf(column), stack: "sum", data: valuesOf(at), barMaxWidth: 36, itemStyle: { color: p[TONES[column.key] ?? "accent"] },
        label: { show: few && barColumns.length <= 2, color: p.onAccent, formatter: (point: { value?: unknown }) => (typeof point.value === "number" && point.value > 0 ? figureText(point.value, column.unit, language) : "") },
      })),
      ...lineColumns.map(({ at, column }) => ({
        type: "line" as const, name: nameOf(column), yAxisIndex: 1, data: valuesOf(at), connectNulls: false, symbolSize: few ? 7 : 4,
        lineStyle: { color: p.text, width: 2 }, itemStyle: { color: p.text },
        label: { show: few, position: "top" as const, color: p.text, backgroundColor: p.surface, borderRadius: 3, padding: [1, 3], formatter: (point: { value?: unknown }) => (typeof point.value === "number" ? figureText(point.value, column.unit, language) : "") },
        markLine:
          column.unit === "percent" && column.better === "higher"
            ? { symbol: "none", silent: true, lineStyle: { color: p.fault, type: "dashed" as const }, label: { color: p.fault, formatter: goalName, position: "insideEndTop" as const }, data: [{ yAxis: goal }] }
            : undefined,
      })),
    ],
  };
}

/** A table as a picture. The table below it says the same to whoever cannot see it. */
export function ReportChart({ table, label, goal }: Props) {
  const { t } = useTranslation("report");
  const language = useLanguage();
  const shade = useShade();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  useEffect(() => {
    if (box.current === null) return;
    const made = init(box.current, undefined, { renderer: "svg" });
    chart.current = made;
    const watch = new ResizeObserver(() => {
      made.resize();
    });
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(optionOf(table, palettes[shade], language, goal, t("goalLine", { goal })), true);
  }, [table, shade, language, goal, t]);
  return <div ref={box} className={styles["chart"]} role="img" aria-label={t("chartOf", { name: label })} />;
}
