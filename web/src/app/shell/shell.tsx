import { useNavigate } from "@tanstack/react-router";
import { Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCurrentHealth } from "@/features/health/api/get-health";
import { useLanguage } from "@/lib/i18n/hooks";
import { useConnection } from "@/lib/live/context";
import { useSession } from "@/lib/session/use-session";
import { shortcuts } from "@/lib/shortcuts/registry";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { warm } from "@/lib/warm";
import type { NavigationPage } from "../navigation";
import { Banners } from "./banners";
import { GuardedPage } from "./guarded-page";
import { Navigation } from "./navigation";
import styles from "./shell.module.css";
import { useCatchUp } from "./use-catch-up";
import { usePages } from "./use-pages";

const CommandPalette = warm(async () => (await import("./command-palette")).CommandPalette);
const ShortcutSheet = warm(async () => (await import("./shortcut-sheet")).ShortcutSheet);
/** Fetches the dialogs once the page itself is there; if that fails, opening them tries again. */
const WARM_UP_MS = 1_500;

const COLLAPSED = "yingda.navigation-collapsed";

/** The frame around every page: navigation, what the connection is like, and the keys that work everywhere. */
export function Shell() {
  const { t } = useTranslation("shell");
  const language = useLanguage();
  const connection = useConnection();
  const { can } = useSession();
  const pages = usePages();
  const health = useCurrentHealth(language, connection, can("platform.health.read"));
  const [dialog, setDialog] = useState<"palette" | "shortcuts" | null>(null);
  const [collapsed, setCollapsed] = useState(() => window.localStorage.getItem(COLLAPSED) !== null);
  useCatchUp(connection);
  useEffect(() => shortcuts.listen(), []);
  useEffect(() => {
    const timer = window.setTimeout(() => {
      CommandPalette.preload().catch(() => undefined);
      ShortcutSheet.preload().catch(() => undefined);
    }, WARM_UP_MS);
    return () => {
      window.clearTimeout(timer);
    };
  }, []);

  const collapse = () => {
    if (collapsed) window.localStorage.removeItem(COLLAPSED);
    else window.localStorage.setItem(COLLAPSED, "1");
    setCollapsed(!collapsed);
  };
  const group = "everywhere";
  useShortcut({ id: "palette", keys: "Mod+K", label: t("shortcuts.palette"), group, run: () => { setDialog("palette"); } });
  useShortcut({ id: "sheet", keys: "?", label: t("shortcuts.open"), group, run: () => { setDialog("shortcuts"); } });
  useShortcut({ id: "collapse", keys: "[", label: t("shortcuts.collapse"), group, run: collapse });

  return (
    <div className={styles["shell"]}>
      <a className={styles["skip"]} href="#main">
        {t("skip")}
      </a>
      {pages.map((page) => (
        <PageKey key={page.name} page={page} />
      ))}
      <Navigation
        collapsed={collapsed}
        onCollapse={collapse}
        connection={connection}
        onPalette={() => {
          setDialog("palette");
        }}
        onShortcuts={() => {
          setDialog("shortcuts");
        }}
      />
      <main id="main" tabIndex={-1} className={styles["main"]}>
        <Banners connection={connection} serverVersion={health.data?.installation.version} />
        <div className={styles["page"]}>
          <Suspense fallback={null}>
            <GuardedPage />
          </Suspense>
        </div>
      </main>
      <Suspense fallback={null}>
        {dialog === "palette" ? (
          <CommandPalette
            onClose={() => {
              setDialog(null);
            }}
            onShortcuts={() => {
              setDialog("shortcuts");
            }}
          />
        ) : null}
        {dialog === "shortcuts" ? (
          <ShortcutSheet
            onClose={() => {
              setDialog(null);
            }}
          />
        ) : null}
      </Suspense>
    </div>
  );
}

/** Registers the sequence that opens a page. */
function PageKey({ page }: { page: NavigationPage }) {
  const { t } = useTranslation("shell");
  const navigate = useNavigate();
  useShortcut({
    id: `go.${page.name}`,
    keys: page.keys,
    label: t("shortcuts.goTo", { page: t(`pages.${page.name}`) }),
    group: "everywhere",
    run: () => void navigate({ to: page.to }),
  });
  return null;
}
