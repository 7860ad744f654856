/** What reading a sheet would do, or did; the answer of every import endpoint. */
export interface ImportReport {
  dry_run: boolean;
  rows: number;
  create: number;
  update: number;
  same: number;
  rejected: number;
  lines: readonly ImportLine[];
}

export interface ImportLine {
  /** Number of the row in the file. */
  line: number;
  label: string;
  action: "create" | "update" | "same" | "reject";
  problems: readonly { column: string; code: string; message: string }[];
  /** Keys of the columns that change. */
  changes: readonly string[];
  /** What stood and will stand there, where the import tells; old empty: added, new empty: taken away. */
  values?: readonly { column: string; old: string; new: string }[];
}

export type Shown = "all" | ImportLine["action"];

/** One row of the result table: a line, or one of several problems of it. */
export interface ReportRow {
  key: string;
  line: ImportLine;
  problem?: ImportLine["problems"][number];
}

/** The lines to look at; a rejected line takes one row per problem. */
export function reportRows(report: ImportReport, shown: Shown): ReportRow[] {
  return report.lines
    .filter((line) => shown === "all" || line.action === shown)
    .flatMap((line) =>
      line.problems.length === 0
        ? [{ key: `${line.line}`, line }]
        : line.problems.map((problem, index) => ({ key: `${line.line}.${index}`, line, problem })),
    );
}
