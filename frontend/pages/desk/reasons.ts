// Asks why a comment is rejected: by a digit, an arrow or a finger.
import { all, one, typing } from "../../base/dom.js";
import { keep, recall } from "../../base/memory.js";

export interface Answer {
  reason: string;
  note: string;
}

const slot = "desk:reason";

/** The reasons of the site, in the order of their digits. */
export function codes(desk: HTMLElement): string[] {
  const template = one<HTMLTemplateElement>(desk, "template[data-reasons]");
  return template ? all<HTMLButtonElement>(template.content, "button[data-digit]").map((each) => each.value) : [];
}

/** The reason given last on this device, if the site still has it. */
export function usual(desk: HTMLElement): string {
  const last = recall<string>(slot) ?? "";
  return codes(desk).includes(last) ? last : "";
}

export const remember = (reason: string): void => keep(slot, reason);

/** Opens the list; the answer is null when it was closed without one. */
export function ask(desk: HTMLElement, note: string): Promise<Answer | null> {
  const template = one<HTMLTemplateElement>(desk, "template[data-reasons]");
  const dialog = template?.content.firstElementChild?.cloneNode(true) as HTMLDialogElement | undefined;
  if (!dialog) return Promise.resolve(null);
  const words = one<HTMLInputElement>(dialog, "input[name=note]");
  if (words) words.value = note;
  dialog.addEventListener("keydown", (event) => choose(desk, dialog, event));
  desk.append(dialog);
  dialog.showModal();
  all(dialog, "button[data-digit]")[Math.max(0, codes(desk).indexOf(usual(desk)))]?.focus();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      const reason = dialog.returnValue;
      dialog.remove();
      done(reason ? { reason, note: words?.value ?? "" } : null);
    });
  });
}

function choose(desk: HTMLElement, dialog: HTMLDialogElement, event: KeyboardEvent): void {
  if (typing(event)) {
    // Enter in the note means the usual reason, not the first of the list.
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (usual(desk)) dialog.close(usual(desk));
    return;
  }
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const buttons = all<HTMLButtonElement>(dialog, "button[data-digit]");
  if (step) {
    event.preventDefault();
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  }
  if (/^\d$/.test(event.key)) {
    event.preventDefault();
    buttons.find((each) => each.dataset["digit"] === event.key)?.click();
  }
}
