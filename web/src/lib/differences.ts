/** A field of a versioned thing on which this person's form and the stored version do not agree. */
export interface Difference {
  field: string;
  mine: unknown;
  theirs: unknown;
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  // Lists and nested values come from JSON: their text is their value.
  return typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b);
}

/**
 * What one has to look at after somebody else saved first: the listed fields where the form (`mine`) and the
 * stored version (`theirs`) differ.
 */
export function differences<Values extends object>(
  mine: Values,
  theirs: Values,
  fields: readonly (keyof Values & string)[],
): Difference[] {
  return fields
    .filter((field) => !same(mine[field], theirs[field]))
    .map((field) => ({ field, mine: mine[field], theirs: theirs[field] }));
}
