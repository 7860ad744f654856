/** Less than this may be the second that the header cannot tell, or the way here. */
const IGNORED_MS = 2_500;

let behind = 0;

/** How far the clock of this computer is from the server's, so that running times are right at a desk whose clock is wrong. */
export const skew = {
  /** Takes the Date header of an answer that just came. */
  learn: (date: string | null, now = Date.now()): void => {
    const server = date === null ? Number.NaN : Date.parse(date);
    if (Number.isNaN(server)) return;
    const off = server - now;
    behind = Math.abs(off) < IGNORED_MS ? 0 : off;
  },
  /** The server's time now. */
  now: (now = Date.now()): number => now + behind,
};

/** Whole seconds since a moment of the server; 0 for one that is still to come. */
export function since(moment: string, now = skew.now()): number {
  return Math.max(0, Math.floor((now - Date.parse(moment)) / 1000));
}

/** Whole seconds until a moment of the server, rounded up; 0 when it is past. */
export function until(moment: string, now = skew.now()): number {
  return Math.max(0, Math.ceil((Date.parse(moment) - now) / 1000));
}
