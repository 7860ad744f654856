import { Checkbox, Input, Skeleton, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { usePermissionWords } from "./permission-words";
import styles from "./roles.module.css";

interface Props {
  id?: string;
  value?: readonly string[];
  onChange?: (value: string[]) => void;
}

/** All permissions in groups, with a search and one box for a whole group. */
export function PermissionPicker({ id, value = [], onChange }: Props) {
  const { t } = useTranslation("roles");
  const { query, all, nameOf, groupsOf } = usePermissionWords();
  const [words, setWords] = useState("");
  if (query.error) return <ErrorNote what={t("permissionsFailed")} error={query.error} onRetry={() => void query.refetch()} />;
  if (query.isPending) return <Skeleton active title={false} />;

  const held = new Set(value);
  const known = new Set(all.map((entry) => entry.permission));
  const codes = [...all.map((entry) => entry.permission), ...value.filter((code) => !known.has(code))];
  const wanted = words.trim().toLowerCase();
  const shown = codes.filter((code) => wanted === "" || code.includes(wanted) || nameOf(code).toLowerCase().includes(wanted));
  const set = (changed: readonly string[], on: boolean) => {
    const next = new Set(held);
    for (const code of changed) {
      if (on) next.add(code);
      else next.delete(code);
    }
    onChange?.([...next].sort());
  };

  return (
    <div id={id} tabIndex={-1} className={styles["picker"]}>
      <Input
        allowClear
        value={words}
        aria-label={t("searchPermissions")}
        placeholder={t("searchPermissions")}
        onChange={(event) => {
          setWords(event.target.value);
        }}
      />
      <span role="status" className={styles["muted"]}>
        {t("chosen", { count: held.size })}
      </span>
      {groupsOf(shown).map((group) => {
        const members = group.permissions.map((entry) => entry.permission);
        const on = members.filter((code) => held.has(code)).length;
        return (
          <fieldset key={group.domain} className={styles["group"]}>
            <legend>
              <Checkbox
                checked={on === members.length}
                indeterminate={on > 0 && on < members.length}
                onChange={(event) => {
                  set(members, event.target.checked);
                }}
              >
                {t("groupCount", { name: group.name, on, all: members.length })}
              </Checkbox>
            </legend>
            <div className={styles["options"]}>
              {group.permissions.map(({ permission, grave }) => (
                <Checkbox
                  key={permission}
                  checked={held.has(permission)}
                  onChange={(event) => {
                    set([permission], event.target.checked);
                  }}
                >
                  <span title={permission}>{nameOf(permission)}</span>
                  {grave ? <Tag color="orange">{t("grave")}</Tag> : null}
                </Checkbox>
              ))}
            </div>
          </fieldset>
        );
      })}
      {shown.length === 0 ? <p className={styles["muted"]}>{t("nothingMatches")}</p> : null}
    </div>
  );
}
