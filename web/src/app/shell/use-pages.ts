import { useSession } from "@/lib/session/use-session";
import { navigation, type NavigationGroup, type NavigationPage } from "../navigation";

export function mayOpen(page: NavigationPage | undefined, can: (permission: string) => boolean): boolean {
  return page?.permission === undefined || can(page.permission);
}

/** The groups and pages that this person may open. */
export function useGroups(): readonly NavigationGroup[] {
  const { can } = useSession();
  return navigation
    .map((group) => ({ ...group, pages: group.pages.filter((page) => mayOpen(page, can)) }))
    .filter((group) => group.pages.length > 0);
}

export function usePages(): readonly NavigationPage[] {
  return useGroups().flatMap((group) => group.pages);
}
