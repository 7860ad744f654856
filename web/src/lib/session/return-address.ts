const KEY = "yingda-return";

/** Whether an address leads to a place inside this application: nobody is sent elsewhere by a link. */
export function isInside(address: string): boolean {
  return /^\/(?![/\\])/.test(address);
}

/** Where to go on after a sign-in that leaves this page, at an identity provider. Kept for this tab only. */
export const returnAddress = {
  keep: (address: string | undefined): void => {
    if (address === undefined) window.sessionStorage.removeItem(KEY);
    else window.sessionStorage.setItem(KEY, address);
  },
  /** Gives it once. */
  take: (): string | undefined => {
    const address = window.sessionStorage.getItem(KEY);
    window.sessionStorage.removeItem(KEY);
    return address !== null && isInside(address) ? address : undefined;
  },
};
