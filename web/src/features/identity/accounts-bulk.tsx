import { App, Button } from "antd";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "@/lib/api/error";
import { downloadFile } from "@/lib/api/request";
import { errorText } from "@/lib/i18n/error-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { warm } from "@/lib/warm";

const ImportDrawer = warm(async () => (await import("@/components/excel/import-drawer")).ImportDrawer);

const COLUMNS = ["number", "role", "centre", "valid_until", "reason"] as const;

/** Asks for many accounts by a sheet of numbers, roles and reasons; a trial run first. */
export function BulkRequest({ onAsked }: { onAsked: () => void }) {
  const { t } = useTranslation("accounts");
  const language = useLanguage();
  const { message } = App.useApp();
  const [open, setOpen] = useState(false);
  const template = async () => {
    try {
      await downloadFile("/api/account-requests/template", { lang: language }, "accounts.xlsx");
    } catch (error) {
      const problem = asApiError(error);
      void message.error(errorText(problem.code, problem.detail));
    }
  };
  return (
    <>
      <Button onClick={() => { setOpen(true); }}>{t("bulk")}</Button>
      <Suspense fallback={null}>
        {open ? (
          <ImportDrawer
            path="/api/account-requests/import"
            columnName={(key) => t(`columns.${COLUMNS.find((column) => column === key) ?? "number"}`)}
            onTemplate={template}
            templateWords={{ hint: t("bulkHint"), button: t("bulkTemplate") }}
            onImported={onAsked}
            onClose={() => { setOpen(false); }}
          />
        ) : null}
      </Suspense>
    </>
  );
}
