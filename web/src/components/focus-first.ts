/**
 * Puts the focus into the field of a form marked with data-first, once its drawer is open. Whoever is already
 * typing keeps the focus.
 */
export function focusFirst(formId: string): void {
  const form = document.getElementById(formId);
  if (!form || form.contains(document.activeElement)) return;
  form.querySelector<HTMLElement>("[data-first]")?.focus();
}
