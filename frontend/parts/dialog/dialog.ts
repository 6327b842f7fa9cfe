// A form of another page, asked in place. The page's own words are used, so
// nothing is said twice.
import type { Discussion } from "../../base/discussion.js";
import { all, button, make, one } from "../../base/dom.js";
import { Problem } from "../../base/http.js";
import { showErrors } from "../box/errors.js";

/**
 * Opens the form of a page in a dialog; send does what it asks and throws what
 * went wrong. Only done may move the focus: a closing dialog gives it back to
 * the opener, and while it is open nothing else can have it.
 */
export async function ask(
  d: Discussion,
  opener: HTMLAnchorElement,
  send: (form: HTMLFormElement) => Promise<void>,
  done?: () => Promise<void>,
): Promise<void> {
  if (opener.ariaBusy === "true") return;
  opener.ariaBusy = "true";
  const page = await d.http.page(opener.href).finally(() => (opener.ariaBusy = null));
  const form = one<HTMLFormElement>(page, "form.form");
  if (!form) return location.assign(opener.href);
  const dialog = make("dialog", "dialog");
  const title = one(page, "h1");
  dialog.ariaLabel = title?.textContent ?? "";
  const lede = one(page, ".page-lede");
  dialog.append(make("h2", "", dialog.ariaLabel), ...(lede ? [lede] : []), form);
  for (const back of all(form, "a.button")) back.remove();
  one(form, "button:not([type=button])")?.after(" ", button("", d.say("cancel"), () => dialog.close()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit(d, dialog, form, send)
      .then((sent) => (sent ? done?.() : undefined))
      .catch((problem: Error) => d.news.say(problem.message));
  });
  dialog.addEventListener("close", () => dialog.remove());
  d.section.append(dialog);
  dialog.showModal();
  if (window.parent !== window) bringNear(dialog, opener);
}

async function submit(
  d: Discussion,
  dialog: HTMLDialogElement,
  form: HTMLFormElement,
  send: (form: HTMLFormElement) => Promise<void>,
): Promise<boolean> {
  try {
    await send(form);
    dialog.close();
    return true;
  } catch (problem) {
    if (problem instanceof Problem) showErrors(form, problem);
    else d.news.say(d.say("failed"));
    return false;
  }
}

// A frame is as tall as its content: its middle may be far from the reader.
function bringNear(dialog: HTMLDialogElement, opener: HTMLElement): void {
  const top = opener.getBoundingClientRect().top;
  const room = document.documentElement.clientHeight - dialog.offsetHeight;
  Object.assign(dialog.style, { position: "absolute", top: `${Math.max(0, Math.min(top, room))}px`, bottom: "auto", marginBlock: "0" });
}
