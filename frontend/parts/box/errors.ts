// Errors stand at the field they are about, and the text stays.
import { all, one } from "../../base/dom.js";
import type { Problem } from "../../base/http.js";

/** Shows what the server refused and goes to the first of it. */
export function showErrors(form: HTMLFormElement, problem: Problem): void {
  clearErrors(form);
  let first: HTMLElement | null = null;
  for (const [name, message] of problem.fields()) {
    const slot = one(form, `[data-error="${CSS.escape(name)}"]`) ?? one(form, '[data-error="form"]');
    if (slot) slot.textContent = `${slot.textContent} ${message}`.trim();
    const field = slot?.dataset["error"] === name ? one(form, `[name="${CSS.escape(name)}"]`) : null;
    field?.setAttribute("aria-invalid", "true");
    first ??= field;
  }
  (first ?? form).focus();
}

/** Takes back what was said about an earlier attempt. */
export function clearErrors(form: HTMLFormElement): void {
  for (const slot of all(form, "[data-error]")) slot.textContent = "";
  for (const field of all(form, "[aria-invalid=true]")) field.setAttribute("aria-invalid", "false");
}
