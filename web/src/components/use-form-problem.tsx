import type { FormInstance } from "antd";
import { useState, type ReactNode } from "react";
import { asApiError, type ApiError } from "@/lib/api/error";
import { fieldErrorText } from "@/lib/i18n/error-text";
import { CopyCode } from "./copy-code";

interface Refused {
  /** What concerns no single field. */
  problem: ApiError | null;
  codes: Readonly<Record<string, string>>;
}

const NOTHING: Refused = { problem: null, codes: {} };

/** "topics[0]" and "topics.0" belong to the field "topics". */
function fieldOf(path: string): string {
  return path.split(/[.[]/)[0] ?? "";
}

/** Puts what the server refused at the fields that it names, focuses the first, and keeps the rest for the form. */
export function useFormProblem<Values>(form: FormInstance<Values>, fields: readonly (keyof Values & string)[]) {
  const [refused, setRefused] = useState<Refused>(NOTHING);

  const report = (error: unknown) => {
    const known = asApiError(error);
    const codes: Record<string, string> = {};
    const named: string[] = [];
    for (const name of fields) {
      const here = known.fields.filter((field) => fieldOf(field.path) === name);
      const [first] = here;
      if (!first) continue;
      named.push(name);
      codes[name] = first.code || known.code;
      // The name is one of the form's own; antd wants its path type, which cannot be spelled for any form.
      const data = { name, errors: here.map(fieldErrorText) } as unknown as Parameters<typeof form.setFields>[0][number];
      form.setFields([data]);
    }
    const [first] = named;
    if (first !== undefined) form.focusField(first);
    setRefused({ problem: named.length > 0 ? null : known, codes });
  };

  return {
    problem: refused.problem,
    report,
    clear: () => {
      setRefused(NOTHING);
    },
    /** The hint under a field, or the code to copy while the server refuses the field. */
    hint: (name: keyof Values & string, text: string): ReactNode => {
      const code = refused.codes[name];
      return code === undefined ? text : <CopyCode value={code} />;
    },
  };
}
