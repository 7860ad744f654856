import { InboxOutlined } from "@ant-design/icons";
import { Button, Drawer, Upload } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { StatusWord } from "@/components/status-word";
import { sendFile } from "@/lib/api/request";
import { useNow } from "@/lib/format/use-now";
import styles from "./import-drawer.module.css";
import type { ImportReport } from "./import-report";
import { ReportTable } from "./report-table";

interface Props {
  path: string;
  columnName?: (key: string) => string;
  /** Hands out the list as it is: the sheet to edit and bring back. */
  onTemplate: () => Promise<void>;
  /** What the sheet to fill in is, where it is not the list itself. */
  templateWords?: { hint: string; button: string };
  onImported?: (report: ImportReport) => void;
  onClose: () => void;
}

type Stage =
  | { name: "choose" }
  | { name: "working"; apply: boolean; since: Date }
  | { name: "checked" | "applied"; report: ImportReport }
  | { name: "failed"; apply: boolean; error: unknown };

/** Reads a sheet in two steps: a trial run that changes nothing and tells everything, then the same for good. */
export function ImportDrawer({ path, columnName = (key) => key, onTemplate, templateWords, onImported, onClose }: Props) {
  const { t } = useTranslation(["parts", "common"]);
  const [stage, setStage] = useState<Stage>({ name: "choose" });
  const [file, setFile] = useState<File | null>(null);
  const stop = useRef<AbortController | null>(null);

  const send = async (chosen: File, apply: boolean) => {
    const abort = new AbortController();
    stop.current = abort;
    setStage({ name: "working", apply, since: new Date() });
    try {
      const report = await sendFile<ImportReport>(path, { dry_run: !apply }, chosen, abort.signal);
      setStage({ name: apply && report.rejected === 0 ? "applied" : "checked", report });
      if (apply && report.rejected === 0) onImported?.(report);
    } catch (error) {
      setStage(abort.signal.aborted ? { name: "choose" } : { name: "failed", apply, error });
    }
  };
  const changes = stage.name === "checked" ? stage.report.create + stage.report.update : 0;

  return (
    <Drawer
      open
      size={820}
      title={t("parts:excel.import")}
      onClose={() => {
        stop.current?.abort();
        onClose();
      }}
      footer={
        <div className={styles["foot"]}>
          {stage.name === "checked" || stage.name === "failed" ? (
            <Button
              onClick={() => {
                setStage({ name: "choose" });
              }}
            >
              {t("parts:excel.otherFile")}
            </Button>
          ) : null}
          <Button onClick={onClose}>{t(stage.name === "applied" ? "parts:excel.done" : "common:cancel")}</Button>
          {stage.name === "checked" ? (
            <Button
              type="primary"
              disabled={stage.report.rejected > 0 || changes === 0 || file === null}
              onClick={() => {
                if (file) void send(file, true);
              }}
            >
              {t("parts:excel.apply", { count: changes })}
            </Button>
          ) : null}
        </div>
      }
    >
      {stage.name === "choose" ? (
        <div className={styles["choose"]}>
          <Upload.Dragger
            accept=".xlsx"
            maxCount={1}
            showUploadList={false}
            beforeUpload={(chosen) => {
              setFile(chosen);
              void send(chosen, false);
              return false;
            }}
          >
            <p className={styles["icon"]}>
              <InboxOutlined aria-hidden />
            </p>
            <p>{t("parts:excel.drop")}</p>
            <p className={styles["hint"]}>{t("parts:excel.dropHint")}</p>
          </Upload.Dragger>
          <p>
            {templateWords?.hint ?? t("parts:excel.templateHint")}{" "}
            <Button type="link" size="small" onClick={() => void onTemplate()}>
              {templateWords?.button ?? t("parts:excel.template")}
            </Button>
          </p>
        </div>
      ) : null}
      {stage.name === "working" ? (
        <Working
          apply={stage.apply}
          since={stage.since}
          file={file}
          onStop={
            stage.apply
              ? undefined
              : () => {
                  stop.current?.abort();
                }
          }
        />
      ) : null}
      {stage.name === "failed" ? (
        <ErrorNote
          what={t(stage.apply ? "parts:excel.applyFailed" : "parts:excel.checkFailed")}
          error={stage.error}
          onRetry={() => {
            if (file) void send(file, stage.apply);
          }}
        />
      ) : null}
      {stage.name === "checked" || stage.name === "applied" ? (
        <div className={styles["result"]}>
          <div role="status">
            {stage.name === "applied" ? (
              <StatusWord tone="ok">{t("parts:excel.applied", { create: stage.report.create, update: stage.report.update })}</StatusWord>
            ) : stage.report.rejected > 0 ? (
              <StatusWord tone="fault">{t("parts:excel.rejected", { count: stage.report.rejected })}</StatusWord>
            ) : changes === 0 ? (
              <StatusWord tone="info">{t("parts:excel.nothingToDo")}</StatusWord>
            ) : (
              <StatusWord tone="ok">{t("parts:excel.ready", { create: stage.report.create, update: stage.report.update })}</StatusWord>
            )}
          </div>
          <ReportTable report={stage.report} columnName={columnName} />
        </div>
      ) : null}
    </Drawer>
  );
}

interface WorkingProps {
  apply: boolean;
  since: Date;
  file: File | null;
  onStop?: () => void;
}

function Working({ apply, since, file, onStop }: WorkingProps) {
  const { t } = useTranslation(["parts", "common"]);
  const now = useNow(1_000);
  return (
    <div role="status" className={styles["working"]}>
      <progress aria-label={t(apply ? "parts:excel.applying" : "parts:excel.checking")} />
      <p>
        {t(apply ? "parts:excel.applying" : "parts:excel.checking")} {file?.name}
      </p>
      <p className={styles["hint"]}>{t("parts:excel.seconds", { seconds: Math.max(0, Math.round((now.getTime() - since.getTime()) / 1000)) })}</p>
      {onStop ? <Button onClick={onStop}>{t("common:cancel")}</Button> : null}
    </div>
  );
}
