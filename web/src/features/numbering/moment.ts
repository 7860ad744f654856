/** A moment as a field of type datetime-local holds it, in the browser's zone; "" for none. */
export function toField(value: string | null | undefined): string {
  if (value === null || value === undefined || value === "") return "";
  const date = new Date(value);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The moment that a field of type datetime-local holds; undefined for an empty or unreadable one. */
export function fromField(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
