import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useLanguage } from "@/lib/i18n/hooks";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { warm } from "@/lib/warm";
import { treeQuery, treesKey, treesQuery, type Tree } from "./api/trees";
import { MakeTree } from "./make-tree";
import styles from "./setting.module.css";

// The tree with its dragging is large; the choice of a tree is there at once.
const TreeEditor = warm(async () => (await import("./tree-editor")).TreeEditor);

export interface TreesFilter {
  tree?: string;
  centre?: string;
}

interface Props {
  filter: TreesFilter;
  onFilter: (filter: TreesFilter) => void;
}

/** Code trees: choose one and a centre, see what holds there and change what the centre contributes. */
export function TreesView({ filter, onFilter }: Props) {
  const { t } = useTranslation(["setting", "common"]);
  const { can, national, person } = useSession();
  const { message } = App.useApp();
  const client = useQueryClient();
  const english = useLanguage() === "en";
  const names = useQuery(treesQuery);
  const [making, setMaking] = useState(false);
  const key = filter.tree ?? names.data?.[0]?.key;
  const refresh = () => void client.invalidateQueries({ queryKey: treesKey });
  useLiveTopic("code-trees.changed", () => void client.invalidateQueries({ queryKey: [...treesKey, "names"] }));
  const editor = can("setting.code_tree.edit");
  const make = editor && national ? (
    <Button
      onClick={() => {
        setMaking(true);
      }}
    >
      {t("setting:makeTree")}
    </Button>
  ) : null;
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("setting:treesTitle")}
        note={t("setting:treesNote")}
        help="setting.code_tree"
        actions={
          <>
            {key ? (
              <ExcelMenu
                exportPath={`/api/code-trees/${key}/export`}
                importPath={editor ? `/api/code-trees/${key}/import${filter.centre ? `?centre=${filter.centre}` : ""}` : undefined}
                query={{ centre: filter.centre }}
                onImported={refresh}
              />
            ) : null}
            {make}
          </>
        }
      />
      <div className={styles["filters"]}>
        <Select<string>
          aria-label={t("setting:tree")}
          style={{ width: 260 }}
          value={key}
          loading={names.isPending}
          options={names.data?.map((tree) => ({ value: tree.key, label: english && tree.en !== "" ? tree.en : tree.zh }))}
          onChange={(tree) => {
            onFilter({ ...filter, tree });
          }}
        />
        <div className={styles["centre"]}>
          <CentrePicker
            label={t("setting:centre")}
            value={filter.centre ?? person.centre.id}
            onChange={(centre) => {
              onFilter({ ...filter, centre: centre ?? undefined });
            }}
          />
        </div>
      </div>
      <div className={styles["split"]}>
        <div className={styles["main"]}>
          {names.error ? <ErrorNote what={t("setting:loadFailed")} error={names.error} onRetry={() => void names.refetch()} /> : null}
          {key ? (
            <LoadedTree id={key} centre={filter.centre} editable={editor} />
          ) : names.isPending ? (
            <Skeleton active />
          ) : (
            <EmptyState title={t("setting:noTrees")} action={make}>
              {t("setting:noTreesHint")}
            </EmptyState>
          )}
        </div>
      </div>
      {making ? (
        <MakeTree
          onClose={() => {
            setMaking(false);
          }}
          onMade={(tree) => {
            setMaking(false);
            void message.success(t("setting:treeMade"));
            onFilter({ ...filter, tree });
          }}
        />
      ) : null}
    </div>
  );
}

/** Keeps the tree that somebody is changing as they saw it; another one starts anew. */
function LoadedTree({ id, centre, editable }: { id: string; centre: string | undefined; editable: boolean }) {
  const { t } = useTranslation("setting");
  const { data, error, refetch } = useQuery(treeQuery(id, centre));
  const [base, setBase] = useState<Tree>();
  if (error) return <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active />;
  const shown = base?.tree.key === id && base.centre.id === data.centre.id && base.layer.version <= data.layer.version ? base : data;
  return (
    <TreeEditor
      key={`${id} ${data.centre.id} ${shown.layer.version}`}
      tree={shown}
      newer={data.layer.version > shown.layer.version ? data : null}
      editable={editable}
      onEditing={(editing) => {
        setBase(editing ? shown : undefined);
      }}
    />
  );
}
