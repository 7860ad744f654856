import type { PasswordPolicy } from "./api/credentials";

export type RuleName = "length" | "classes" | "number";

export interface Rule {
  name: RuleName;
  kept: boolean;
}

/** How many of the four kinds of characters occur; Chinese characters count as symbols. */
function classesIn(password: string): number {
  return [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(password)).length;
}

/** The rules that can be checked while typing; the server knows more (common words, names, earlier passwords). */
export function passwordRules(policy: PasswordPolicy, typed: string | undefined, number: string): Rule[] {
  // A field that was not touched yet has no value.
  const password = typed ?? "";
  const length = Array.from(password).length;
  const long = policy.long_from > 0 && length >= policy.long_from;
  return [
    { name: "length", kept: length >= policy.min_length },
    { name: "classes", kept: long || classesIn(password) >= policy.classes },
    { name: "number", kept: password !== "" && (number === "" || !password.toLowerCase().includes(number.toLowerCase())) },
  ];
}
