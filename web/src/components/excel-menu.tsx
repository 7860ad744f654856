import { DownloadOutlined, DownOutlined, FileExcelOutlined, UploadOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "@/lib/api/error";
import { downloadFile, type Query } from "@/lib/api/request";
import { errorText } from "@/lib/i18n/error-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { warm } from "@/lib/warm";
import type { ImportReport } from "./excel/import-report";

const ImportDrawer = warm(async () => (await import("./excel/import-drawer")).ImportDrawer);

interface Props {
  exportPath: string;
  /** Without it the list can only be taken out. Leave it out for people who may not change the list. */
  importPath?: string;
  /** The filters of the list: the sheet holds what the page shows. */
  query?: Query;
  /** What a column of the sheet is called, for the result of an import. */
  columnName?: (key: string) => string;
  /** Something was imported: read the list again. An endpoint may answer more than the report. */
  onImported?: (report: ImportReport) => void;
}

/** A list as a sheet: out as it is shown, and back in with a trial run first. */
export function ExcelMenu({ exportPath, importPath, query, columnName, onImported }: Props) {
  const { t } = useTranslation("parts");
  const { message } = App.useApp();
  const language = useLanguage();
  const [exporting, setExporting] = useState(false);
  const [importing, setImporting] = useState(false);

  const takeOut = async (filters: Query | undefined) => {
    setExporting(true);
    try {
      await downloadFile(exportPath, { ...filters, lang: language }, "export.xlsx");
    } catch (error) {
      const problem = asApiError(error);
      void message.error(t("excel.exportFailed", { why: errorText(problem.code, problem.detail) }));
    } finally {
      setExporting(false);
    }
  };

  const out = (
    <Button icon={<FileExcelOutlined aria-hidden />} loading={exporting} onClick={importPath === undefined ? () => void takeOut(query) : undefined}>
      {t(importPath === undefined ? "excel.export" : "excel.menu")}
      {importPath === undefined ? null : <DownOutlined aria-hidden />}
    </Button>
  );
  if (importPath === undefined) return out;
  return (
    <>
      <Dropdown
        autoFocus
        trigger={["click"]}
        menu={{
          items: [
            { key: "export", icon: <DownloadOutlined aria-hidden />, label: t("excel.export") },
            { key: "import", icon: <UploadOutlined aria-hidden />, label: t("excel.import") },
          ],
          onClick: ({ key, domEvent }) => {
            // Else the Enter that chose would go on to press the first button of what opens.
            domEvent.preventDefault();
            if (key === "export") void takeOut(query);
            else setImporting(true);
          },
        }}
      >
        {out}
      </Dropdown>
      <Suspense fallback={null}>
        {importing ? (
          <ImportDrawer
            path={importPath}
            columnName={columnName}
            onTemplate={() => takeOut(undefined)}
            onImported={onImported}
            onClose={() => {
              setImporting(false);
            }}
          />
        ) : null}
      </Suspense>
    </>
  );
}
