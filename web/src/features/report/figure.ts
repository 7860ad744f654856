import { duration } from "@/lib/format/duration";
import type { Column, ReportTable } from "./api/reports";

const SIZES = ["B", "KB", "MB", "GB", "TB"] as const;

function bytes(value: number): string {
  let size = value;
  let step = 0;
  while (size >= 1024 && step < SIZES.length - 1) {
    size /= 1024;
    step++;
  }
  return `${step === 0 ? String(Math.round(size)) : size.toFixed(1)} ${SIZES[step] ?? ""}`;
}

/** A figure as people read it; a dash where there is nothing to divide by. */
export function figureText(value: number | null, unit: Column["unit"], language: string): string {
  if (value === null) return "—";
  switch (unit) {
    case "percent":
      return `${value.toFixed(1)}%`;
    case "seconds":
      return value < 60 ? `${(Math.round(value * 10) / 10).toFixed(1)} s` : duration(value);
    case "hours":
      return duration(value * 3600);
    case "bytes":
      return bytes(value);
    case "erlang":
    case "score":
      return value.toFixed(2);
    case "count":
      return new Intl.NumberFormat(language).format(value);
  }
}

/** The words of a text in the language of the page. */
export function wordsOf<Words>(text: { zh: Words; en: Words }, language: string): Words {
  return language === "en" ? text.en : text.zh;
}

/** A table of time without the empty stretches before the first and after the last that has something. */
export function withoutEnds(table: ReportTable, grain: string): ReportTable {
  if (grain !== "half_hour" || table.key === "where") return table;
  const full = (row: ReportTable["rows"][number]) => row.values.some((value) => value !== null && value !== 0);
  const first = table.rows.findIndex(full);
  const last = table.rows.findLastIndex(full);
  return first < 0 ? { ...table, rows: [] } : { ...table, rows: table.rows.slice(first, last + 1) };
}
