import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { differenceQuery, versionsQuery, type CodeChange, type CodeItem, type CodeTable } from "./api/codes";
import styles from "./organization.module.css";

interface Props {
  table: CodeTable;
  shown: number;
  onShow: (version: number) => void;
  onClose: () => void;
}

/** The part of the program that publishes what comes with it. */
const PROGRAM = "organization.codes";

/** Who published what when and why, and what each version changed. */
export function VersionsPane({ table, shown, onShow, onClose }: Props) {
  const { t } = useTranslation("organization");
  const { data, error, isPending, refetch } = useQuery(versionsQuery(table.code));
  const [compared, setCompared] = useState<number | null>(null);
  return (
    <SidePane title={t("codes.versions")} label={t("codes.versions")} onClose={onClose}>
      {error ? <ErrorNote what={t("codes.loadFailed")} error={error} onRetry={() => void refetch()} /> : null}
      {isPending ? <Skeleton active title={false} paragraph={{ rows: 4, width: "100%" }} /> : null}
      {data === undefined || data.length === 0 ? null : <ExcelMenu exportPath={`/api/code-tables/${table.code}/versions/export`} />}
      {data?.length === 0 ? <p className={styles["muted"]}>{t("codes.noVersions")}</p> : null}
      {(data ?? []).map((version) => (
        <section key={version.version} className={styles["section"]}>
          <header>
            <h3>{t("codes.versionNumber", { version: version.version })}</h3>
            <span>
              {version.version > 1 ? (
                <Button
                  type="link"
                  size="small"
                  aria-expanded={compared === version.version}
                  onClick={() => {
                    setCompared(compared === version.version ? null : version.version);
                  }}
                >
                  {t("codes.whatChanged")}
                </Button>
              ) : null}
              <Button
                type="link"
                size="small"
                disabled={version.version === shown}
                onClick={() => {
                  onShow(version.version);
                }}
              >
                {t("codes.show")}
              </Button>
            </span>
          </header>
          <p className={styles["muted"]}>
            {version.published_by === PROGRAM ? t("codes.byProgram") : version.published_by} · <TimeText value={version.published_at} full />
          </p>
          <p>{version.note}</p>
          <p className={styles["muted"]}>
            {t("codes.counts", { added: version.added, changed: version.changed, removed: version.removed })}
          </p>
          {compared === version.version ? <Difference table={table.code} to={version.version} /> : null}
        </section>
      ))}
    </SidePane>
  );
}

const FIELDS = ["zh", "en", "initials", "parent", "sort", "valid_from", "valid_until"] as const;

/** What differs between two states of a code, as "field: before → after". */
function changedFields(before: CodeItem, after: CodeItem): { field: string; before: string; after: string }[] {
  const flat = (item: CodeItem) => ({ ...Object.fromEntries(FIELDS.map((name) => [name, String(item[name] ?? "")])), ...item.extra });
  const [a, b]: [Record<string, string>, Record<string, string>] = [flat(before), flat(after)];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .map((field) => ({ field, before: a[field] ?? "", after: b[field] ?? "" }))
    .filter((change) => change.before !== change.after);
}

function Difference({ table, to }: { table: string; to: number }) {
  const { t } = useTranslation("organization");
  const { data, error } = useQuery(differenceQuery(table, to - 1, to));
  if (error) return <ErrorNote what={t("codes.loadFailed")} error={error} />;
  if (!data) return <Skeleton active title={false} paragraph={{ rows: 2, width: "100%" }} />;
  return (
    <>
      <ExcelMenu exportPath={`/api/code-tables/${table}/difference/export`} query={{ from: to - 1, to }} />
      <dl className={styles["change"]}>
        {data.map((change) => (
          <ChangeLine key={(change.new ?? change.old)?.code} change={change} />
        ))}
      </dl>
    </>
  );
}

function ChangeLine({ change }: { change: CodeChange }) {
  const { t } = useTranslation("organization");
  const item = change.new ?? change.old;
  if (!item) return null;
  return (
    <>
      <dt>{t(`codes.acts.${change.act}`)}</dt>
      <dd>
        {item.code} {item.zh}
        {change.old && change.new
          ? changedFields(change.old, change.new).map(({ field, before, after }) => (
              <div key={field}>
                {t("codes.fieldChange", {
                  field: t([`itemColumns.${field}`, `extras.${field}`], { defaultValue: field }),
                  before: before || "—",
                  after: after || "—",
                })}
              </div>
            ))
          : null}
      </dd>
    </>
  );
}
