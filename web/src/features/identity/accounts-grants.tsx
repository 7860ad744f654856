import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { useLanguage } from "@/lib/i18n/hooks";
import { randomUUID } from "@/lib/uuid";
import { rolesToGiveQuery } from "./api/account-choices";
import type { GrantDraft } from "./accounts-draft";
import styles from "./accounts.module.css";

const LEVELS = ["nation", "province", "city", "site"] as const;

interface Props {
  value?: GrantDraft[];
  onChange?: (value: GrantDraft[]) => void;
  /** Where a new role is given unless another centre is chosen. */
  centre: string | null;
}

/** The roles of an account: which, at which centre, until when. */
export function GrantsEditor({ value = [], onChange, centre }: Props) {
  const { t } = useTranslation("accounts");
  const chinese = useLanguage() === "zh-CN";
  const roles = useQuery(rolesToGiveQuery);
  const set = (index: number, change: Partial<GrantDraft>) => {
    onChange?.(value.map((grant, at) => (at === index ? { ...grant, ...change } : grant)));
  };
  return (
    <div className={styles["grants"]}>
      {value.map((grant, index) => {
        const role = roles.data?.find(({ id }) => id === grant.role_id);
        return (
          <div key={grant.key} className={styles["grant"]} role="group" aria-label={t("grant", { count: index + 1 })}>
            <Select
              showSearch={{ optionFilterProp: "label" }}
              value={grant.role_id}
              placeholder={t("chooseRole")}
              aria-label={t("role")}
              loading={roles.isPending}
              options={(roles.data ?? []).map((each) => ({ value: each.id, label: chinese ? each.name_zh : each.name_en }))}
              onChange={(role_id: string) => { set(index, { role_id }); }}
            />
            <CentrePicker
              value={grant.centre_id}
              levels={role === undefined ? undefined : LEVELS.filter((level) => role.levels.includes(level))}
              label={t("atCentre")}
              onChange={(centre_id) => { set(index, { centre_id }); }}
            />
            <Input
              type="date"
              value={grant.until}
              aria-label={t("until")}
              title={t("untilHint")}
              onChange={(event) => { set(index, { until: event.target.value }); }}
            />
            <Button
              type="text"
              icon={<DeleteOutlined aria-hidden />}
              aria-label={t("removeRole")}
              onClick={() => { onChange?.(value.filter((_, at) => at !== index)); }}
            />
          </div>
        );
      })}
      <Button
        size="small"
        icon={<PlusOutlined aria-hidden />}
        onClick={() => { onChange?.([...value, { key: randomUUID(), role_id: undefined, centre_id: centre, until: "", from: null }]); }}
      >
        {t("addRole")}
      </Button>
    </div>
  );
}
