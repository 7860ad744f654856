import { useTranslation } from "react-i18next";

/** The levels of the organisation at which a role can be given, from the top. */
export const LEVELS = ["nation", "province", "city", "site"] as const;

/** What a level is called; a word that this page does not know shows itself. */
export function useLevelName(): (word: string) => string {
  const { t } = useTranslation("roles");
  return (word) => {
    const level = LEVELS.find((entry) => entry === word);
    return level === undefined ? word : t(`levels.${level}`);
  };
}
