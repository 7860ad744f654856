import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError, asApiError } from "@/lib/api/error";
import { contactQuery, putCodes, putNote, workKey, workQuery, type Work } from "./api/contacts";
import { drafts, isEmpty, shown, unsent, type Draft, type Stored } from "./draft";

const PAUSE_MS = 600;
const AGAIN_MS = 2_000;

/** What became of what was typed. `refused`: the server will never take it as it is. */
export type Saving = "saved" | "typing" | "saving" | "waiting" | "conflict" | "refused";

export interface WorkState {
  loading: boolean;
  /** The work cannot be read: the contact is not this agent's, or nothing answers. */
  error: unknown;
  note: string;
  codes: readonly string[];
  saving: Saving;
  problem: unknown;
  /** What somebody else stored meanwhile. */
  theirs: Stored | undefined;
  setNote: (text: string) => void;
  setCodes: (codes: readonly string[]) => void;
  takeTheirs: () => void;
  keepMine: () => void;
  /** Sends what is unsent now; resolves to whether all is stored. */
  flush: () => Promise<boolean>;
}

function storedOf(work: Work): Stored {
  return {
    note: work.note,
    noteRevision: work.note_revision,
    codes: work.dispositions.codes.map(({ code }) => code),
    codesRevision: work.dispositions.revision,
  };
}

function isConflict(error: unknown): boolean {
  return asApiError(error).code === "interaction.changed_meanwhile";
}

/** The same request may succeed later. */
function passes(error: unknown): boolean {
  const { status } = asApiError(error);
  return status === 0 || status === 404 || status === 429 || status >= 500;
}

/**
 * What one agent says of one contact: saved as it is typed, kept in the browser until the server has acknowledged it.
 * Mount one per contact (a key): nothing of one contact may ever reach another.
 */
export function useWork(account: string, contact: string): WorkState {
  const client = useQueryClient();
  const record = useQuery(contactQuery(contact));
  const query = useQuery(workQuery(contact, record.data?.served === true || record.failureCount > 0));
  const [draft, setDraft] = useState<Draft>(() => drafts.load(account, contact));
  const [saving, setSaving] = useState<Saving>(isEmpty(draft) ? "saved" : "typing");
  const [problem, setProblem] = useState<unknown>(null);
  const [theirs, setTheirs] = useState<Stored>();
  const latest = useRef(draft);
  const running = useRef<Promise<boolean> | null>(null);

  const change = useCallback(
    (next: Draft) => {
      latest.current = next;
      drafts.keep(account, contact, next);
      setDraft(next);
    },
    [account, contact],
  );

  const read = useCallback(() => client.getQueryData<Work>(workKey(contact)), [client, contact]);

  /** One round: both parts, each on the revision that is known. What was typed meanwhile stays in the draft. */
  const send = useCallback(async (): Promise<boolean> => {
    const work = read();
    if (work === undefined) return false;
    const sent = latest.current;
    const part = unsent(sent, storedOf(work));
    if (part.codes !== undefined) {
      const dispositions = await putCodes(contact, part.codes, work.dispositions.revision);
      client.setQueryData<Work>(workKey(contact), (known) => (known === undefined ? known : { ...known, dispositions }));
    }
    if (part.note !== undefined) {
      const text = part.note;
      const revision = await putNote(contact, text, work.note_revision);
      client.setQueryData<Work>(workKey(contact), (known) => (known === undefined ? known : { ...known, note: text.trim(), note_revision: revision }));
    }
    const now = latest.current;
    change({ note: now.note === sent.note ? undefined : now.note, codes: now.codes === sent.codes ? undefined : now.codes });
    return isEmpty(latest.current);
  }, [change, client, contact, read]);

  const flush = useCallback((): Promise<boolean> => {
    if (running.current !== null) return running.current;
    if (isEmpty(latest.current)) return Promise.resolve(true);
    setSaving("saving");
    const round = send()
      .then((done) => {
        setProblem(null);
        setSaving(done ? "saved" : "typing");
        return done;
      })
      .catch(async (error: unknown) => {
        setProblem(error);
        if (isConflict(error)) {
          const fresh = await client.query({ ...workQuery(contact), staleTime: 0, retry: false }).catch(() => undefined);
          setTheirs(fresh === undefined ? undefined : storedOf(fresh));
          setSaving(fresh === undefined ? "waiting" : "conflict");
        } else setSaving(passes(error) ? "waiting" : "refused");
        return false;
      })
      .finally(() => {
        running.current = null;
      });
    running.current = round;
    return round;
  }, [client, contact, send]);

  // After a pause in typing, and again and again while the server does not answer.
  const known = query.data !== undefined;
  useEffect(() => {
    if (!known || (saving !== "typing" && saving !== "waiting")) return undefined;
    const timer = window.setTimeout(() => void flush(), saving === "typing" ? PAUSE_MS : AGAIN_MS);
    return () => {
      window.clearTimeout(timer);
    };
  }, [draft, flush, known, problem, saving]);

  // Whoever goes to another contact or page has the rest sent at once.
  useEffect(() => {
    return () => {
      void flush();
    };
  }, [flush]);

  const edit = (next: Draft) => {
    change(next);
    setSaving((now) => (now === "conflict" || now === "saving" ? now : "typing"));
  };
  const stored = query.data === undefined ? { note: "", noteRevision: 0, codes: [], codesRevision: 0 } : storedOf(query.data);
  return {
    loading: query.isPending,
    error: query.error instanceof ApiError && query.data === undefined ? query.error : null,
    ...shown(draft, stored),
    saving,
    problem,
    theirs,
    setNote: (note) => { edit({ ...latest.current, note }); },
    setCodes: (codes) => { edit({ ...latest.current, codes }); },
    takeTheirs: () => {
      change({});
      setTheirs(undefined);
      setProblem(null);
      setSaving("saved");
    },
    keepMine: () => {
      setTheirs(undefined);
      setProblem(null);
      setSaving("typing");
    },
    flush,
  };
}
