import { Button, Tooltip } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chips } from "@/components/chips";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { useLiveTopic } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { skillsKey } from "./api/skills";
import type { StaffFilter } from "./api/staff";
import { ExpiringList, type Span } from "./expiring-list";
import styles from "./people.module.css";
import { SkillDrawer } from "./skill-drawer";
import { SkillList } from "./skill-list";
import { SkillMatrix } from "./skill-matrix";

export type SkillTab = "matrix" | "expiring" | "list";

interface Props {
  tab: SkillTab;
  onTab: (tab: SkillTab) => void;
  filter: StaffFilter;
  onFilter: (filter: StaffFilter) => void;
}

/** Who can do what: as a matrix, what ends soon, and the skills themselves. */
export function SkillsView({ tab, onTab, filter, onFilter }: Props) {
  const { t } = useTranslation("staff");
  const { can, national } = useSession();
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  const [days, setDays] = useState<Span>("30");
  const refresh = () => void client.invalidateQueries({ queryKey: skillsKey });
  useLiveTopic("skills.changed", refresh);
  useLiveTopic("staff.changed", refresh);
  const definable = can("organization.skill.edit") && national;
  const makeNew = () => {
    setMaking(true);
  };
  useShortcut({ id: "skills.new", keys: "n", label: t("skillPage.new"), group: "page", enabled: definable, run: makeNew });
  const columnName = (key: string) => t(`columns.${key}`, { defaultValue: key });

  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("skillPage.title")}
        note={t("skillPage.note")}
        help="organization.skill"
        actions={
          <>
            {tab === "list" ? (
              <ExcelMenu exportPath="/api/skills/export" importPath={definable ? "/api/skills/import" : undefined} columnName={columnName} onImported={refresh} />
            ) : tab === "expiring" ? (
              <ExcelMenu exportPath="/api/staff-skills/expiring/export" query={{ days }} />
            ) : (
              <ExcelMenu exportPath="/api/staff-skills/export" query={{ ...filter }} />
            )}
            {definable ? (
              <Tooltip title={t("newKey")}>
                <Button type="primary" onClick={makeNew}>
                  {t("skillPage.new")}
                </Button>
              </Tooltip>
            ) : null}
          </>
        }
      />
      <div className={styles["filters"]}>
        <Chips
          label={t("skillPage.show")}
          value={tab}
          chips={[
            { value: "matrix", label: t("skillPage.matrix") },
            { value: "expiring", label: t("skillPage.expiring") },
            { value: "list", label: t("skillPage.list") },
          ]}
          onChange={onTab}
        />
      </div>
      {tab === "matrix" ? <SkillMatrix filter={filter} onFilter={onFilter} /> : tab === "expiring" ? <ExpiringList days={days} onDays={setDays} /> : <SkillList editable={definable} />}
      <SkillDrawer
        open={making}
        skill={null}
        onClose={() => {
          setMaking(false);
        }}
        onSaved={refresh}
      />
    </div>
  );
}
