/** A masked number as people read it: without our own country's code, in groups. */
export function spaced(number: string): string {
  const own = number.replace(/^\+86/, "");
  const mobile = /^(1[\d*]{2})([\d*]{4})([\d*]{4})$/.exec(own);
  return mobile === null ? own : `${mobile[1] ?? ""} ${mobile[2] ?? ""} ${mobile[3] ?? ""}`;
}
