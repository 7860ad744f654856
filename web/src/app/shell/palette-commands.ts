import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/lib/i18n/hooks";
import { changeLanguage } from "@/lib/i18n/setup";
import { useSignOut } from "@/lib/session/sign-out";
import { useShortcuts } from "@/lib/shortcuts/use-shortcut";
import { modes, setMode } from "@/lib/theme/mode";
import { usePages } from "./use-pages";

export type CommandKind = "goTo" | "do" | "here" | "recent" | "staff" | "centre" | "role" | "setting";

/** Something that the palette offers: a page, an action, or a thing that was found. */
export interface Command {
  id: string;
  kind: CommandKind;
  label: string;
  /** More words that find it: pinyin, initials, other names. */
  keywords: string;
  /** A few words behind the name that tell it from others. */
  note?: string;
  keys?: string;
  /** The address it leads to; remembered among the recent ones. */
  href?: string;
  run: () => void;
}

export function matches(command: Command, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${command.label} ${command.keywords}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Pages by permission, what can be done on the page that is open, and what works everywhere. */
export function useCommands(onShortcuts: () => void): Command[] {
  const { t } = useTranslation("shell");
  const navigate = useNavigate();
  const pages = usePages();
  const shortcuts = useShortcuts();
  const signOut = useSignOut();
  const other = useLanguage() === "zh-CN" ? "en" : "zh-CN";
  const own = [
    { name: "start", to: "/" },
    { name: "profile", to: "/profile" },
  ] as const;
  return [
    ...shortcuts
      .filter((shortcut) => shortcut.group === "page")
      .map((shortcut): Command => ({ id: `here.${shortcut.id}`, kind: "here", label: shortcut.label, keywords: "", keys: shortcut.keys[0], run: shortcut.run })),
    ...[...pages, ...own].map((page): Command => ({
      id: page.name,
      kind: "goTo",
      label: t(`pages.${page.name}`),
      keywords: t(`keywords.${page.name}`),
      keys: "keys" in page ? page.keys : undefined,
      href: page.to,
      run: () => void navigate({ to: page.to }),
    })),
    ...modes.map((mode): Command => ({
      id: `theme.${mode}`,
      kind: "do",
      label: t("theme.use", { name: t(`theme.${mode}`) }),
      keywords: t("keywords.theme"),
      run: () => {
        setMode(mode);
      },
    })),
    {
      id: "language",
      kind: "do",
      label: t("language.use", { name: t(`language.${other}`) }),
      keywords: t("keywords.language"),
      run: () => void changeLanguage(other),
    },
    { id: "shortcuts", kind: "do", label: t("shortcuts.open"), keywords: t("keywords.shortcuts"), keys: "?", run: onShortcuts },
    {
      id: "sign-out",
      kind: "do",
      label: t("me.signOut"),
      keywords: t("keywords.signOut"),
      run: () => {
        signOut.mutate();
      },
    },
  ];
}
