import { LogoutOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Button, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { useSignOut } from "@/lib/session/sign-out";
import { useSession } from "@/lib/session/use-session";
import styles from "./me.module.css";

/** Who is signed in, the way to one's own things, and out. */
export function Me({ collapsed }: { collapsed: boolean }) {
  const { t } = useTranslation("shell");
  const { person } = useSession();
  const signOut = useSignOut();
  const whole = t("me.whole", { name: person.name, number: person.number, centre: person.centre.name });
  return (
    <div className={styles["me"]} data-collapsed={collapsed || undefined}>
      <Tooltip title={whole} placement="right">
        <Link to="/profile" className={styles["who"]}>
          <span className="visually-hidden">{t("pages.profile")}</span>
          <span className={styles["mark"]} aria-hidden>
            {Array.from(person.name).at(-1)}
          </span>
          <span className={styles["names"]}>
            <strong>{person.name}</strong>
            <span className="figures">{person.number}</span>
          </span>
        </Link>
      </Tooltip>
      <Tooltip title={t("me.signOut")} placement="right">
        <Button
          type="text"
          size="small"
          icon={<LogoutOutlined aria-hidden />}
          aria-label={t("me.signOut")}
          loading={signOut.isPending}
          onClick={() => {
            signOut.mutate();
          }}
        />
      </Tooltip>
    </div>
  );
}
