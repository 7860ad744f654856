import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, unwrap } from "@/lib/api/client";
import { useLanguage } from "@/lib/i18n/hooks";
import { centresQuery } from "@/lib/places/use-centres";
import { usePreference } from "@/lib/preferences/use-preference";
import { useSession } from "@/lib/session/use-session";
import { matches, type Command } from "./palette-commands";

const FEW = 6;
const PAUSE_MS = 150;

function staffQuery(q: string) {
  return queryOptions({
    queryKey: ["palette", "staff", q],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/staff", { params: { query: { q, limit: FEW } }, signal }))).items,
    placeholderData: keepPreviousData,
  });
}

const rolesQuery = queryOptions({
  queryKey: ["palette", "roles"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/api/roles", { signal }))).items,
  staleTime: 60_000,
});

function settingsQuery(q: string) {
  return queryOptions({
    queryKey: ["palette", "settings", q],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/settings", { params: { query: { q } }, signal }))).items,
    placeholderData: keepPreviousData,
  });
}

/** The value once it has not changed for a moment: what is asked while somebody types. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => {
      setSettled(value);
    }, PAUSE_MS);
    return () => {
      window.clearTimeout(timer);
    };
  }, [value]);
  return settled;
}

/** People, centres, roles and settings by the words typed, as far as this person may see them. */
export function useFound(query: string): { found: Command[]; searching: boolean } {
  const { can } = useSession();
  const router = useRouter();
  const chinese = useLanguage() === "zh-CN";
  const words = useSettled(query.trim());
  const typed = words !== "";
  const staff = useQuery({ ...staffQuery(words), enabled: typed && can("organization.staff.read") });
  const centres = useQuery({ ...centresQuery, enabled: typed && can("organization.centre.read") });
  const roles = useQuery({ ...rolesQuery, enabled: typed && can("identity.role.read") });
  const settings = useQuery({ ...settingsQuery(words), enabled: typed && can("setting.value.read") });
  if (!typed) return { found: [], searching: false };

  const lead = (command: Omit<Command, "run" | "href">, href: string): Command => ({
    ...command,
    href,
    run: () => {
      router.history.push(href);
    },
  });
  const few = (commands: Command[]) => commands.filter((command) => matches(command, words)).slice(0, FEW);
  const found = [
    // The server has matched these, also by pinyin and initials.
    ...(staff.data ?? []).map((person) =>
      lead(
        { id: `staff.${person.id}`, kind: "staff", label: `${person.number} ${person.name}`, keywords: "", note: person.centre_name },
        `/staff?open=${encodeURIComponent(person.id)}`,
      ),
    ),
    ...few(
      (centres.data ?? []).map((centre) =>
        lead({ id: `centre.${centre.id}`, kind: "centre", label: centre.name, keywords: centre.code, note: centre.code }, `/organization?centre=${encodeURIComponent(centre.id)}`),
      ),
    ),
    ...few(
      (roles.data ?? []).map((role) =>
        lead(
          { id: `role.${role.id}`, kind: "role", label: chinese ? role.name_zh : role.name_en, keywords: `${role.code} ${role.name_zh} ${role.name_en}`, note: role.code },
          `/roles?open=${encodeURIComponent(role.id)}`,
        ),
      ),
    ),
    ...(settings.data ?? []).slice(0, FEW).map((setting) =>
      lead(
        { id: `setting.${setting.key}`, kind: "setting", label: chinese ? setting.zh : setting.en, keywords: "", note: setting.key },
        `/settings?open=${encodeURIComponent(setting.key)}`,
      ),
    ),
  ];
  return { found, searching: words !== query.trim() || [staff, settings].some((each) => each.isFetching) };
}

interface Recent {
  href: string;
  label: string;
}

const MOST = 8;

function recentOf(value: unknown): readonly Recent[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter((entry): entry is Recent => typeof entry === "object" && entry !== null && "href" in entry && "label" in entry)
    .filter(({ href, label }) => typeof href === "string" && href.startsWith("/") && typeof label === "string")
    .slice(0, MOST);
}

/** What was opened by the palette lately, kept for the account. */
export function useRecent(): { recent: Command[]; remember: (command: Command) => void } {
  const router = useRouter();
  const [list, save] = usePreference("palette.recent", recentOf);
  return {
    recent: list.map((entry): Command => ({
      id: `recent.${entry.href}`,
      kind: "recent",
      label: entry.label,
      keywords: "",
      href: entry.href,
      run: () => {
        router.history.push(entry.href);
      },
    })),
    remember: ({ href, label, kind }) => {
      // Pages have keys and a place of their own; things do not.
      if (href === undefined || kind === "goTo") return;
      save([{ href, label }, ...list.filter((entry) => entry.href !== href)].slice(0, MOST));
    },
  };
}
