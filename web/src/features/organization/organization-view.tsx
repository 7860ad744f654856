import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Skeleton, Tooltip } from "antd";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { warm } from "@/lib/warm";
import { allCentresQuery, type Centre } from "./api/centres";
import { CentreDetails } from "./centre-details";
import { CentreTree } from "./centre-tree";
import styles from "./organization.module.css";

// Fetched behind the page, so that the tree is there first.
const CentreDrawer = warm(async () => (await import("./centre-drawer")).CentreDrawer);

interface Props {
  /** The centre in sight; null: the top of what this person sees. */
  centreId: string | null;
  onCentre: (id: string) => void;
  /** Opens the page of service areas for a centre. */
  onAreas: (centre: string) => void;
}

/** The organisation: its tree, and what the chosen centre is, has and serves. */
export function OrganizationView({ centreId, onCentre, onAreas }: Props) {
  const { t } = useTranslation("organization");
  const { can } = useSession();
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery(allCentresQuery);
  const [form, setForm] = useState<{ parent: Centre | null; centre: Centre | null } | null>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: ["organization"] });
  useLiveTopic("centres.changed", refresh);
  useLiveTopic("teams.changed", refresh);
  useLiveTopic("service-areas.changed", refresh);

  const centres = data ?? [];
  const selected = centres.find((centre) => centre.id === centreId) ?? centres[0] ?? null;
  const editable = can("organization.centre.edit");
  const mayAdd = editable && (selected === null ? data !== undefined : selected.state === "active");
  const add = () => {
    setForm({ parent: selected, centre: null });
  };
  useShortcut({ id: "organization.new", keys: "n", label: t("centre.new"), group: "page", enabled: mayAdd, run: add });

  const actions = (
    <>
      <ExcelMenu
        exportPath="/api/centres/export"
        importPath={editable ? "/api/centres/import" : undefined}
        columnName={(key) => t(`centreColumns.${key}`, { defaultValue: key })}
        onImported={refresh}
      />
      {editable ? (
        <Tooltip title={t("centre.newKey")}>
          <Button type="primary" disabled={!mayAdd} onClick={add}>
            {t("centre.new")}
          </Button>
        </Tooltip>
      ) : null}
    </>
  );

  return (
    <div className={styles["page"]}>
      <PageHeader title={t("title")} note={t("note")} actions={actions} help="organization.centre" />
      <div className={styles["split"]}>
        {selected !== null ? (
          <>
            <CentreTree centres={centres} selected={selected.id} onSelect={onCentre} />
            <CentreDetails
              key={selected.id}
              centre={selected}
              onEdit={() => {
                setForm({ parent: null, centre: selected });
              }}
              onAreas={onAreas}
            />
          </>
        ) : (
          <div className={styles["blank"]}>
            {error ? (
              <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} />
            ) : isPending ? (
              <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
            ) : (
              <EmptyState
                title={t("empty")}
                action={
                  editable ? (
                    <Button type="primary" onClick={add}>
                      {t("centre.new")}
                    </Button>
                  ) : null
                }
              >
                {t("emptyHint")}
              </EmptyState>
            )}
          </div>
        )}
      </div>
      <Suspense fallback={null}>
        <CentreDrawer
          open={form !== null}
          parent={form?.parent ?? null}
          centre={form?.centre ?? null}
          onClose={() => {
            setForm(null);
          }}
          onSaved={(id) => {
            refresh();
            onCentre(id);
          }}
        />
      </Suspense>
    </div>
  );
}
