import { useQuery } from "@tanstack/react-query";
import { Alert, App, Button, DatePicker, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ReasonDialog } from "@/components/reason-dialog";
import { TimeText } from "@/components/time-text";
import { asApiError } from "@/lib/api/error";
import { fieldErrorText } from "@/lib/i18n/error-text";
import { treeHistoryQuery, useRollBackLayer, useSaveLayer, type Tree } from "./api/trees";
import { draftOf, rowsOf, withNode, withRefinement, type Row } from "./layer";
import { NodeDrawer } from "./node-form";
import styles from "./setting.module.css";

interface Props {
  tree: Tree;
  /** What somebody else published while this person was changing it. */
  newer: Tree | null;
  editable: boolean;
  onEditing: (editing: boolean) => void;
}

/** The tree as it holds at a centre; changes are gathered and published together. */
export function TreeEditor({ tree, newer, editable, onEditing }: Props) {
  const { t } = useTranslation(["setting", "common"]);
  const { message } = App.useApp();
  const [draft, setDraft] = useState(() => draftOf(tree));
  const [at, setAt] = useState<{ row: Row | null; parent: string } | null>(null);
  const [publishing, setPublishing] = useState(false);
  const [from, setFrom] = useState<string>();
  const [refused, setRefused] = useState<unknown>(null);
  const save = useSaveLayer(tree.tree.key);
  const rows = rowsOf(tree, draft);
  const changed = draft.changed.size > 0;
  const nation = tree.centre.level === "nation";

  const change = (next: typeof draft) => {
    setDraft(next);
    onEditing(true);
  };
  const publish = async (reason: string) => {
    setRefused(null);
    try {
      await save.mutateAsync({ centre_id: tree.centre.id, version: tree.layer.version, nodes: draft.nodes, refinements: draft.refinements, active_from: from, reason });
    } catch (error) {
      setRefused(error);
      throw error;
    }
    onEditing(false);
    void message.success(t("setting:published"));
  };
  const fields = refused ? asApiError(refused).fields : [];

  return (
    <>
      <div className={styles["bar"]}>
        <span className={styles["muted"]}>{t("setting:layerOf", { centre: tree.centre.name, version: tree.layer.version })}</span>
        {tree.layer.active_from && new Date(tree.layer.active_from) > new Date(tree.at) ? (
          <Tag color="gold">
            {t("setting:plannedFrom")} <TimeText value={tree.layer.active_from} full />
          </Tag>
        ) : null}
        {editable && nation ? (
          <Button
            onClick={() => {
              setAt({ row: null, parent: "" });
            }}
          >
            {t("setting:addTop")}
          </Button>
        ) : null}
        {changed ? (
          <>
            <Button
              type="primary"
              onClick={() => {
                setPublishing(true);
              }}
            >
              {t("setting:publish", { count: draft.changed.size })}
            </Button>
            <Button
              onClick={() => {
                setDraft(draftOf(tree));
                onEditing(false);
              }}
            >
              {t("setting:discard")}
            </Button>
          </>
        ) : null}
      </div>
      {newer ? (
        <Alert
          type="warning"
          showIcon
          className={styles["above"]}
          title={t("setting:treeChanged", { who: newer.layer.by })}
          action={
            <Button
              size="small"
              onClick={() => {
                onEditing(false);
              }}
            >
              {t("setting:takeTheirs")}
            </Button>
          }
        />
      ) : null}
      {fields.length > 0 ? (
        <Alert type="error" showIcon className={styles["above"]} title={t("setting:treeRefused")} description={<ul>{fields.map((field) => <li key={field.path + field.code}>{field.message || fieldErrorText(field)}</li>)}</ul>} />
      ) : null}
      {tree.problems.length > 0 ? (
        <Alert
          type="info"
          showIcon
          className={styles["above"]}
          title={t("setting:treeProblems")}
          description={tree.problems.map((problem) => `${problem.centre.name}: ${problem.code} (${t(`setting:reasons.${problem.reason}` as "setting:reasons.locked", { defaultValue: problem.reason })})`).join("; ")}
        />
      ) : null}
      {rows.length === 0 ? (
        <EmptyState title={t("setting:emptyTree")}>{t(nation ? "setting:emptyTreeHint" : "setting:emptyTreeBelow")}</EmptyState>
      ) : (
        <NodeTable tree={tree} rows={rows} changed={draft.changed} editable={editable} onEdit={setAt} />
      )}
      <Versions tree={tree} editable={editable && !changed} />
      {at ? (
        <NodeDrawer
          row={at.row}
          parent={at.parent}
          taken={new Set(rows.map((row) => row.code))}
          onNode={(node) => {
            change(withNode(draft, node));
          }}
          onRefinement={(refinement) => {
            change(withRefinement(draft, refinement));
          }}
          onClose={() => {
            setAt(null);
          }}
        />
      ) : null}
      <ReasonDialog
        open={publishing}
        title={t("setting:publish", { count: draft.changed.size })}
        consequence={
          <>
            <p>{t("setting:publishHint", { centre: tree.centre.name })}</p>
            <DatePicker showTime aria-label={t("setting:activeFrom")} placeholder={t("setting:activeNow")} onChange={(date) => { setFrom(date?.toISOString()); }} />
          </>
        }
        onConfirm={publish}
        onClose={() => {
          setPublishing(false);
        }}
      />
    </>
  );
}

interface TableProps {
  tree: Tree;
  rows: readonly Row[];
  changed: ReadonlySet<string>;
  editable: boolean;
  onEdit: (at: { row: Row | null; parent: string }) => void;
}

function NodeTable({ tree, rows, changed, editable, onEdit }: TableProps) {
  const { t } = useTranslation("setting");
  return (
    <table className={styles["nodes"]}>
      <thead>
        <tr>
          <th scope="col">{t("zh")}</th>
          <th scope="col">{t("code")}</th>
          <th scope="col">{t("en")}</th>
          <th scope="col">{t("owner")}</th>
          <th scope="col">{t("state")}</th>
          {editable ? <th scope="col">{t("actions")}</th> : null}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.code} data-off={row.off || undefined} data-changed={changed.has(row.code) || undefined}>
            <td style={{ paddingInlineStart: 12 + (row.depth - 1) * 20 }}>{row.zh}</td>
            <td className="figures">{row.code}</td>
            <td>{row.en}</td>
            <td>{row.above ? row.above.owner.name : t("sources.own")}</td>
            <td>
              {row.own?.retired || row.above?.retired ? <Tag>{t("flags.retired")}</Tag> : row.off ? <Tag>{t("hidden")}</Tag> : null}
              {row.own?.locked || row.above?.locked ? <Tag>{t("flags.locked")}</Tag> : null}
            </td>
            {editable ? (
              <td>
                <Button
                  size="small"
                  onClick={() => {
                    onEdit({ row, parent: row.parent });
                  }}
                >
                  {t("edit")}
                </Button>
                {row.depth < tree.tree.levels && (row.own !== null || row.above?.extend) ? (
                  <Button
                    size="small"
                    onClick={() => {
                      onEdit({ row: null, parent: row.code });
                    }}
                  >
                    {t("addChild")}
                  </Button>
                ) : null}
              </td>
            ) : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Versions({ tree, editable }: { tree: Tree; editable: boolean }) {
  const { t } = useTranslation("setting");
  const { data, error, refetch } = useQuery(treeHistoryQuery(tree.tree.key, tree.centre.id));
  const back = useRollBackLayer(tree.tree.key);
  const [to, setTo] = useState<number | null>(null);
  if (data?.length === 0) return null;
  return (
    <section className={styles["section"]}>
      <h3>{t("history")}</h3>
      {error ? <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} /> : null}
      <ol className={styles["versions"]}>
        {data?.map((version) => (
          <li key={version.version}>
            <strong>{t("version", { version: version.version })}</strong> {version.reason} {version.rolled_back === null ? null : <Tag>{t("rolledBack", { version: version.rolled_back })}</Tag>}
            <small>
              {version.by} · <TimeText value={version.at} full /> · {t("activeFrom")} <TimeText value={version.active_from} full />
            </small>
            {editable && version.version !== tree.layer.version ? (
              <Button
                size="small"
                onClick={() => {
                  setTo(version.version);
                }}
              >
                {t("rollBack")}
              </Button>
            ) : null}
          </li>
        ))}
      </ol>
      <ReasonDialog
        open={to !== null}
        title={t("rollBackTree", { version: to ?? 0 })}
        confirmLabel={t("rollBack")}
        consequence={t("rollBackTreeHint")}
        onConfirm={(reason) => back.mutateAsync({ centre_id: tree.centre.id, to: to ?? 0, version: tree.layer.version, reason })}
        onClose={() => {
          setTo(null);
        }}
      />
    </section>
  );
}
