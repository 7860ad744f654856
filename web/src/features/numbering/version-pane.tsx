import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { App, Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { ReasonDialog } from "@/components/reason-dialog";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { fieldErrorText } from "@/lib/i18n/error-text";
import { useSession } from "@/lib/session/use-session";
import { usePlaceText } from "./api/codes";
import {
  changesQuery,
  differenceQuery,
  useActivateVersion,
  useCancelVersion,
  versionQuery,
  type SegmentChange,
  type Version,
} from "./api/segments";
import styles from "./numbering.module.css";
import { ReadingProgress, VersionState } from "./version-columns";

interface Props {
  number: number;
  onClose: () => void;
}

/** One version: what is to be done with it first, then what it would change. */
export function VersionPane({ number, onClose }: Props) {
  const { t } = useTranslation("numbering");
  const { data: version, error, refetch } = useQuery(versionQuery(number));
  if (!version) {
    return (
      <SidePane title={t("version", { number })} label={t("versionDetails")} onClose={onClose}>
        {error ? <ErrorNote what={t("versionFailed")} error={error} onRetry={() => void refetch()} /> : <Skeleton active title={false} />}
      </SidePane>
    );
  }
  return (
    <SidePane
      title={`${t("version", { number })} · ${version.name}`}
      label={t("versionDetails")}
      onClose={onClose}
      actions={<VersionActions version={version} />}
    >
      <VersionState version={version} />
      {version.state === "reading" ? <ReadingProgress version={version} /> : null}
      {version.state === "refused" ? <Problems version={version} /> : null}
      <DetailsList
        items={[
          { name: t("fileName"), value: version.file_name },
          { name: t("rows"), value: version.rows_read.toLocaleString() },
          { name: t("importedAt"), value: <TimeText value={version.created_at} full /> },
          { name: t("importedBy"), value: version.created_by },
          { name: t("activatedAt"), value: version.activated_at ? <TimeText value={version.activated_at} full /> : "" },
          { name: t("activatedBy"), value: version.activated_by },
        ]}
      />
      {version.state === "ready" || version.state === "retired" ? <Difference number={number} /> : null}
    </SidePane>
  );
}

function VersionActions({ version }: { version: Version }) {
  const { t } = useTranslation("numbering");
  const { can } = useSession();
  const { message } = App.useApp();
  const usable = version.state === "ready" || version.state === "retired";
  const difference = useQuery({ ...differenceQuery(version.number), enabled: usable });
  const activate = useActivateVersion();
  const cancel = useCancelVersion();
  const [asking, setAsking] = useState<"activate" | "cancel" | null>(null);
  if (!can("numbering.segment.edit")) return null;
  const back = version.state === "retired";
  return (
    <>
      {version.state === "reading" || version.state === "ready" ? (
        <Button
          size="small"
          onClick={() => {
            setAsking("cancel");
          }}
        >
          {t("cancelVersion")}
        </Button>
      ) : null}
      {usable ? (
        <Button
          size="small"
          type="primary"
          disabled={difference.data === undefined}
          onClick={() => {
            setAsking("activate");
          }}
        >
          {t(back ? "rollBack" : "activate")}
        </Button>
      ) : null}
      <ReasonDialog
        open={asking === "activate"}
        title={t(back ? "rollBack" : "activate")}
        consequence={t("activateConsequence", {
          number: version.number,
          current: difference.data?.in_use ?? 0,
          added: difference.data?.difference.added ?? 0,
          changed: difference.data?.difference.changed ?? 0,
          removed: difference.data?.difference.removed ?? 0,
        })}
        onConfirm={async (reason) => {
          await activate.mutateAsync({ number: version.number, basedOn: difference.data?.in_use ?? 0, reason });
          void message.success(t("activated", { number: version.number }));
        }}
        onClose={() => {
          setAsking(null);
        }}
      />
      <ReasonDialog
        open={asking === "cancel"}
        title={t("cancelVersion")}
        consequence={t("cancelConsequence")}
        reasonRequired={false}
        onConfirm={() => cancel.mutateAsync(version.number)}
        onClose={() => {
          setAsking(null);
        }}
      />
    </>
  );
}

function Problems({ version }: { version: Version }) {
  const { t } = useTranslation("numbering");
  return (
    <section className={styles["section"]}>
      <p className={styles["muted"]}>{t("refusedHint", { count: version.wrong })}</p>
      <table className={styles["changes"]}>
        <thead>
          <tr>
            <th scope="col">{t("line")}</th>
            <th scope="col">{t("column")}</th>
            <th scope="col">{t("problem")}</th>
          </tr>
        </thead>
        <tbody>
          {version.problems.map((problem) => (
            <tr key={`${String(problem.line)} ${problem.column} ${problem.code}`}>
              <td>{problem.line}</td>
              <td>{columnText(t, problem.column)}</td>
              <td>{fieldErrorText({ path: problem.column, code: problem.code, message: problem.message })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const COLUMNS = ["segment", "province", "city", "operator", "brand", "product_line", "area_code"] as const;

function columnText(t: ReturnType<typeof useTranslation<"numbering">>["t"], column: string): string {
  const known = COLUMNS.find((name) => name === column);
  return known === undefined ? column : t(`columns.${known}`);
}

function Difference({ number }: { number: number }) {
  const { t } = useTranslation("numbering");
  const difference = useQuery(differenceQuery(number));
  const changes = useInfiniteQuery(changesQuery(number));
  const rows = changes.data?.pages.flatMap((page) => page.items) ?? [];
  const failed = difference.error ?? changes.error;
  if (failed) return <ErrorNote what={t("differenceFailed")} error={failed} onRetry={() => void Promise.all([difference.refetch(), changes.refetch()])} />;
  if (!difference.data || changes.isPending) return <Skeleton active title={false} />;
  const { in_use, difference: d } = difference.data;
  return (
    <section className={styles["section"]}>
      <h3>{in_use === 0 ? t("differenceToNothing") : t("differenceTo", { number: in_use })}</h3>
      <p className={styles["counts"]}>
        <span>{t("added", { count: d.added })}</span>
        <span>{t("changed", { count: d.changed })}</span>
        <span>{t("removed", { count: d.removed })}</span>
        <span>{t("unchanged", { count: d.same })}</span>
      </p>
      {rows.length > 0 ? (
        <table className={styles["changes"]}>
          <thead>
            <tr>
              <th scope="col">{t("columns.segment")}</th>
              <th scope="col">{t("act")}</th>
              <th scope="col">{t("what")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((change) => (
              <ChangeRow key={change.segment} change={change} />
            ))}
          </tbody>
        </table>
      ) : (
        <p className={styles["muted"]}>{t("noDifference")}</p>
      )}
      {rows.length > 0 ? <ExcelMenu exportPath={`/api/number-segments/versions/${number}/changes/export`} /> : null}
      {changes.hasNextPage ? (
        <Button size="small" loading={changes.isFetchingNextPage} onClick={() => void changes.fetchNextPage()}>
          {t("moreChanges")}
        </Button>
      ) : null}
    </section>
  );
}

function ChangeRow({ change }: { change: SegmentChange }) {
  const { t } = useTranslation("numbering");
  const placeText = usePlaceText();
  const words = (side: SegmentChange["old"]) =>
    [placeText(side.province, side.city), side.operator, side.brand, side.product_line].filter(Boolean).join(" · ");
  return (
    <tr>
      <td className="figures">{change.segment}</td>
      <td>{t(`acts.${change.act}`)}</td>
      <td>
        {change.act === "add" ? null : <del>{words(change.old)}</del>}
        {change.act === "change" ? <br /> : null}
        {change.act === "remove" ? null : words(change.new)}
      </td>
    </tr>
  );
}
