import i18next from "i18next";

/** The words for a part of a code that only the server knows, or undefined when this build has none. */
function lookUp(group: "actions" | "things" | "verbs", code: string): string | undefined {
  const key = code.replaceAll(".", "_");
  if (i18next.getResource(i18next.language, "audit", `${group}.${key}`) === undefined) return undefined;
  // The keys were just looked for, so they need no types.
  const t = i18next.getFixedT(i18next.language) as (key: string) => string;
  switch (group) {
    case "actions":
      return t(`audit:actions.${key}`);
    case "things":
      return t(`audit:things.${key}`);
    case "verbs":
      return t(`audit:verbs.${key}`);
  }
}

/** A kind of object in words, such as "organization.staff"; the code itself where there are none. */
export function thingText(kind: string): string {
  return lookUp("things", kind) ?? kind;
}

/** An action in words: its own, or verb and thing put together; the code itself where a word is missing. */
export function actionText(action: string): string {
  const own = lookUp("actions", action);
  if (own !== undefined) return own;
  const at = action.lastIndexOf(".");
  const verb = lookUp("verbs", action.slice(at + 1));
  const thing = lookUp("things", action.slice(0, at));
  if (verb === undefined || thing === undefined) return action;
  const t = i18next.getFixedT(i18next.language) as (key: string, values: Record<string, string>) => string;
  return t("audit:did", { verb, thing });
}
