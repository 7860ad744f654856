/** Whether the last request got an answer, and when one last came. */
export interface Reachability {
  down: boolean;
  lastAnswerAt: number | null;
}

type Listener = () => void;

let current: Reachability = { down: false, lastAnswerAt: null };
const listeners = new Set<Listener>();

function set(next: Reachability): void {
  current = next;
  for (const listener of listeners) listener();
}

/** Kept by the api client: every answer, even an error of the server, proves that the server is there. */
export const reachability = {
  get: (): Reachability => current,
  answered: (): void => {
    set({ down: false, lastAnswerAt: Date.now() });
  },
  unanswered: (): void => {
    if (!current.down) set({ ...current, down: true });
  },
  subscribe: (listener: Listener): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
