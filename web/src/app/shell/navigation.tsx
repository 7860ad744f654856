import { DownOutlined, MenuFoldOutlined, MenuUnfoldOutlined, QuestionCircleOutlined, RightOutlined, SearchOutlined } from "@ant-design/icons";
import { Link, useLocation } from "@tanstack/react-router";
import { Button, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { Kbd } from "@/components/kbd";
import { usePreference } from "@/lib/preferences/use-preference";
import type { Connection } from "@/lib/live/connection";
import type { Badge } from "../badges";
import { pageAt, type NavigationGroup, type NavigationPage } from "../navigation";
import { ConnectionWord } from "./connection-word";
import styles from "./navigation.module.css";
import { Me } from "./me";
import { LanguageSwitch, ThemeSwitch } from "./preferences";
import { useGroups } from "./use-pages";

interface Props {
  collapsed: boolean;
  onCollapse: () => void;
  connection: Connection;
  onPalette: () => void;
  onShortcuts: () => void;
}

/** The way around the product, at the left of every page. */
export function Navigation({ collapsed, onCollapse, connection, onPalette, onShortcuts }: Props) {
  const { t } = useTranslation("shell");
  const groups = useGroups();
  const collapseWord = t(collapsed ? "expand" : "collapse");
  return (
    <nav aria-label={t("navigation")} className={styles["nav"]} data-collapsed={collapsed || undefined}>
      <Link to="/" className={styles["brand"]} aria-label={t("home")}>
        <img src="/favicon.svg" alt="" width={26} height={26} />
        <span>{t("brand")}</span>
      </Link>
      <button
        type="button"
        className={styles["search"]}
        title={t("search")}
        aria-label={collapsed ? t("search") : undefined}
        aria-keyshortcuts="Control+K"
        onClick={onPalette}
      >
        <SearchOutlined aria-hidden />
        <span className={styles["word"]}>{t("searchShort")}</span>
        <span aria-hidden>
          <Kbd keys="Mod+K" />
        </span>
      </button>
      <div className={styles["groups"]}>
        {groups.map((group) => (
          <Group key={group.name} group={group} collapsed={collapsed} />
        ))}
      </div>
      <div className={styles["foot"]}>
        <Me collapsed={collapsed} />
        <ConnectionWord connection={connection} collapsed={collapsed} />
        <div className={styles["tools"]}>
          <ThemeSwitch />
          <LanguageSwitch />
          <Tooltip title={`${t("shortcuts.open")} (?)`} placement="right">
            <Button
              type="text"
              size="small"
              icon={<QuestionCircleOutlined />}
              aria-label={t("shortcuts.open")}
              onClick={onShortcuts}
            />
          </Tooltip>
          <Tooltip title={`${collapseWord} ([)`} placement="right">
            <Button
              type="text"
              size="small"
              icon={collapsed ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />}
              aria-label={collapseWord}
              onClick={onCollapse}
            />
          </Tooltip>
        </div>
      </div>
    </nav>
  );
}

function closedOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
}

/** A group of pages that can be folded away; the page that is open stays in sight. */
function Group({ group, collapsed }: { group: NavigationGroup; collapsed: boolean }) {
  const { t } = useTranslation("shell");
  const [closed, setClosed] = usePreference("navigation.closed", closedOf);
  const here = pageAt(useLocation().pathname);
  const name = t(`groups.${group.name}`);
  const open = collapsed || !closed.includes(group.name);
  return (
    <div role="group" aria-label={name}>
      <button
        type="button"
        className={styles["group"]}
        aria-expanded={open}
        onClick={() => {
          const next = closed.filter((other) => other !== group.name);
          setClosed(open ? [...next, group.name] : next);
        }}
      >
        {name}
        {open ? <DownOutlined aria-hidden /> : <RightOutlined aria-hidden />}
      </button>
      {group.pages
        .filter((page) => open || page === here)
        .map((page) => (
          <PageLink key={page.name} page={page} collapsed={collapsed} />
        ))}
    </div>
  );
}

interface PageLinkProps {
  page: NavigationPage;
  collapsed: boolean;
}

const noBadge = (): Badge | null => null;

function PageLink({ page, collapsed }: PageLinkProps) {
  const { t } = useTranslation("shell");
  const name = t(`pages.${page.name}`);
  const Icon = page.icon;
  // Always the same hook for the same entry: the list of pages never changes.
  const useBadge = page.useBadge ?? noBadge;
  const badge = useBadge();
  const words = t("needAttention", { count: badge?.count ?? 0 });
  return (
    <Tooltip title={collapsed ? `${name} (${page.keys})` : undefined} placement="right">
      <Link to={page.to} className={styles["link"]} activeOptions={{ exact: page.to === "/", includeSearch: false }}>
        <Icon aria-hidden />
        <span className={styles["word"]}>{name}</span>{" "}
        {badge !== null && badge.count > 0 ? (
          <span className={styles["badge"]} data-tone={badge.tone} title={words}>
            <span aria-hidden>{badge.count}</span>
            <span className="visually-hidden">{words}</span>
          </span>
        ) : null}
      </Link>
    </Tooltip>
  );
}
