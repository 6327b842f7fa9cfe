// View, order and size apply when they are chosen, in place.
import type { Discussion } from "../../base/discussion.js";
import { on } from "../../base/dom.js";

/** Handles the form of preferences. */
export function attach(d: Discussion): void {
  on<HTMLFormElement>(d.section, "change", "form[data-prefs]", (form) => void apply(d, form));
}

// Remembering is the server's; should it fail, this page still follows.
async function apply(d: Discussion, form: HTMLFormElement): Promise<void> {
  const choice = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
  const remembered = d.http.remember(form.action, choice);
  try {
    await d.renew(choice);
  } catch {
    form.requestSubmit();
  }
  await remembered;
}
