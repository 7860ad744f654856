import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import { usePermissionWords } from "./permission-words";
import styles from "./roles.module.css";

/** The permissions of a role by part of the system; grave ones are marked in words. */
export function PermissionList({ codes }: { codes: readonly string[] }) {
  const { t } = useTranslation("roles");
  const { groupsOf, nameOf } = usePermissionWords();
  if (codes.length === 0) return <p className={styles["muted"]}>{t("noPermissions")}</p>;
  return (
    <>
      {groupsOf(codes).map((group) => (
        <section key={group.domain} className={styles["group"]}>
          <h4 className={styles["heading"]}>{group.name}</h4>
          <ul className={styles["list"]}>
            {group.permissions.map(({ permission, grave }) => (
              <li key={permission}>
                <span>{nameOf(permission)}</span>
                {grave ? <Tag color="orange">{t("grave")}</Tag> : null}
                <span className={styles["code"]}>{permission}</span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
