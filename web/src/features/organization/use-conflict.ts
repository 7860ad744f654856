import { useState } from "react";
import { asApiError } from "@/lib/api/error";
import { differences, type Difference } from "@/lib/differences";

interface Stored<Values> {
  version: number;
  values: Values;
}

interface Conflict<Values> {
  error: unknown;
  mine: Values;
  /** undefined while it is being fetched. */
  theirs: Stored<Values> | undefined;
}

/**
 * What to do when somebody else saved first: fetches what is stored now and tells where it differs from the
 * form. `catches` says whether an error was of that kind.
 */
export function useConflict<Values extends object>(read: () => Promise<Stored<Values>>, fields: readonly (keyof Values & string)[]) {
  const [conflict, setConflict] = useState<Conflict<Values> | null>(null);

  const catches = (error: unknown, mine: Values): boolean => {
    if (!asApiError(error).code.endsWith(".changed_meanwhile")) return false;
    setConflict({ error, mine, theirs: undefined });
    read().then(
      (theirs) => {
        setConflict({ error, mine, theirs });
      },
      (failure: unknown) => {
        setConflict({ error: failure, mine, theirs: undefined });
      },
    );
    return true;
  };

  const differing: Difference[] | undefined =
    conflict?.theirs === undefined ? undefined : differences(conflict.mine, conflict.theirs.values, fields);
  return {
    conflict,
    differing,
    catches,
    clear: () => {
      setConflict(null);
    },
  };
}
