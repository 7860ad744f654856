/**
 * What an agent typed about a contact and the server has not acknowledged. It is kept in this browser, so that a
 * reload, a crash or a server that is away loses nothing, and goes away with the acknowledgement.
 */
export interface Draft {
  /** undefined: not changed. */
  note?: string;
  codes?: readonly string[];
}

/** What the server knows. */
export interface Stored {
  note: string;
  noteRevision: number;
  codes: readonly string[];
  codesRevision: number;
}

const PREFIX = "yingda.desk.draft.";
/** Of drafts that never could be sent: their contacts are long over. */
const OLD_MS = 3 * 24 * 60 * 60_000;

interface Kept extends Draft {
  at: number;
}

function key(account: string, contact: string): string {
  return `${PREFIX}${account}.${contact}`;
}

export function isEmpty(draft: Draft): boolean {
  return draft.note === undefined && draft.codes === undefined;
}

function parse(text: string | null): Kept | undefined {
  try {
    const value = JSON.parse(text ?? "null") as unknown;
    if (typeof value !== "object" || value === null || !("at" in value) || typeof value.at !== "number") return undefined;
    return value as Kept;
  } catch {
    return undefined;
  }
}

export const drafts = {
  load: (account: string, contact: string): Draft => {
    const kept = parse(window.localStorage.getItem(key(account, contact)));
    return { note: kept?.note, codes: kept?.codes };
  },
  keep: (account: string, contact: string, draft: Draft, now = Date.now()): void => {
    try {
      if (isEmpty(draft)) window.localStorage.removeItem(key(account, contact));
      else window.localStorage.setItem(key(account, contact), JSON.stringify({ ...draft, at: now }));
    } catch {
      // A browser that keeps nothing: what is typed still goes to the server.
    }
  },
  /** Contacts of which this browser holds something that was not acknowledged. */
  contacts: (account: string): string[] => {
    const mine = `${PREFIX}${account}.`;
    return names().filter((name) => name.startsWith(mine)).map((name) => name.slice(mine.length));
  },
  sweep: (now = Date.now()): void => {
    for (const name of names()) {
      const kept = parse(window.localStorage.getItem(name));
      if (kept === undefined || now - kept.at > OLD_MS) window.localStorage.removeItem(name);
    }
  },
};

function names(): string[] {
  return Array.from({ length: window.localStorage.length }, (_, index) => window.localStorage.key(index) ?? "").filter((name) => name.startsWith(PREFIX));
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((code, index) => code === b[index]);
}

/** What of a draft the server does not know yet; the server trims notes. */
export function unsent(draft: Draft, stored: Stored): Draft {
  return {
    note: draft.note !== undefined && draft.note.trim() !== stored.note.trim() ? draft.note : undefined,
    codes: draft.codes !== undefined && !same(draft.codes, stored.codes) ? draft.codes : undefined,
  };
}

/** What the page shows: the draft where there is one. */
export function shown(draft: Draft, stored: Stored): { note: string; codes: readonly string[] } {
  return { note: draft.note ?? stored.note, codes: draft.codes ?? stored.codes };
}
