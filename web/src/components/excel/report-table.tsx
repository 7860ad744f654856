import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { DataTable, type Column } from "@/components/data-table/data-table";
import { StatusWord, type Tone } from "@/components/status-word";
import { fieldErrorText } from "@/lib/i18n/error-text";
import styles from "./import-drawer.module.css";
import { reportRows, type ImportLine, type ImportReport, type ReportRow, type Shown } from "./import-report";

const TONES: Record<ImportLine["action"], Tone> = { create: "ok", update: "info", same: "idle", reject: "fault" };

/** What becomes of each row of the file, the refused ones first in sight. */
export function ReportTable({ report, columnName }: { report: ImportReport; columnName: (key: string) => string }) {
  const { t } = useTranslation(["parts", "common"]);
  const [shown, setShown] = useState<Shown>(report.rejected > 0 ? "reject" : "all");
  const [open, setOpen] = useState<string | null>(null);
  const rows = useMemo(() => reportRows(report, shown), [report, shown]);
  const what = ({ line, problem }: ReportRow): string => {
    if (problem) {
      const text = fieldErrorText({ path: problem.column, message: problem.message, code: problem.code });
      return problem.column === "" ? text : t("parts:excel.problem", { column: columnName(problem.column), text });
    }
    if (line.values === undefined) return line.changes.map(columnName).join(t("parts:excel.and"));
    return line.values
      .map(({ column, old, new: fresh }) => {
        const name = columnName(column);
        if (old === "") return t("parts:excel.added", { column: name, value: fresh });
        if (fresh === "") return t("parts:excel.taken", { column: name, value: old });
        return t("parts:excel.changed", { column: name, old, fresh });
      })
      .join(t("parts:excel.and"));
  };
  const columns: Column<ReportRow>[] = [
    { key: "line", title: t("parts:excel.line"), width: 84, align: "end", render: (row) => row.line.line },
    { key: "label", title: t("parts:excel.label"), width: 170, render: (row) => row.line.label },
    {
      key: "action",
      title: t("parts:excel.action"),
      width: 110,
      render: (row) => <StatusWord tone={TONES[row.line.action]}>{t(`parts:excel.actions.${row.line.action}`)}</StatusWord>,
    },
    { key: "what", title: t("parts:excel.what"), render: (row) => <span title={what(row)}>{what(row)}</span> },
  ];
  const counts = { create: report.create, update: report.update, same: report.same, reject: report.rejected };
  return (
    <>
      <Chips<Shown>
        label={t("parts:excel.action")}
        value={shown}
        onChange={setShown}
        chips={[
          { value: "all", label: t("parts:excel.chip", { name: t("common:all"), count: report.rows }) },
          ...(["reject", "create", "update", "same"] as const).map((value) => ({
            value,
            label: t("parts:excel.chip", { name: t(`parts:excel.actions.${value}`), count: counts[value] }),
          })),
        ]}
      />
      <div className={styles["table"]}>
        <DataTable
          id="import"
          positionKey={`import ${shown}`}
          label={t("parts:excel.result")}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.key}
          openKey={open}
          onOpen={setOpen}
          footer={rows.length === 0 ? t("parts:excel.noRows") : t("common:endOfList", { count: rows.length })}
        />
      </div>
    </>
  );
}
