// The desk by keyboard: j and k move, a letter decides, and the next card comes
// up without a reload. The forms on the page do the work.
import { all, make, one } from "../../base/dom.js";
import type { Words } from "../../base/words.js";
import { parse } from "../../base/html.js";
import { onKey, type Board } from "../../parts/keys/keys.js";

const letters: Record<string, string> = { f: "publish", h: "hold", i: "dismiss" };

/** Attaches to the cards of the page's queue. */
export function attach({ say }: Words): void {
  const desk = one(document, "[data-desk]");
  if (!desk) return;
  const board: Board = { root: document, section: desk, say, ended: new AbortController().signal };
  onKey(board, "j", say("keyNext"), () => move(desk, 1));
  onKey(board, "k", say("keyPrevious"), () => move(desk, -1));
  for (const [letter, verb] of Object.entries(letters)) {
    const label = buttonOf(desk, verb)?.textContent;
    if (label) onKey(board, letter, label, () => buttonOf(current(desk), verb)?.click());
  }
  const reject = one(desk, ".card-reject .danger")?.textContent;
  if (reject) onKey(board, "d", reject, () => current(desk)?.querySelector<HTMLElement>("[name=reason]")?.focus());
  desk.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-decide]")) return;
    event.preventDefault();
    const pressed = event.submitter as HTMLButtonElement | null;
    decide(desk, form, pressed).catch(() => flash(desk, say("failed")));
  });
}

const cards = (desk: HTMLElement): HTMLElement[] => all(desk, "[data-card]");

const buttonOf = (card: HTMLElement | undefined, verb: string): HTMLElement | null =>
  card ? one(card, `button[name=verb][value="${verb}"]`) : null;

function current(desk: HTMLElement): HTMLElement | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-card]") ?? cards(desk)[0];
}

function move(desk: HTMLElement, by: number): void {
  const list = cards(desk);
  const at = document.activeElement?.closest<HTMLElement>("[data-card]");
  go(list[at ? list.indexOf(at) + by : 0]);
}

function go(card: HTMLElement | undefined): void {
  card?.focus({ preventScroll: true });
  card?.scrollIntoView({ block: "start" });
}

// The answer is the queue as it now is: its figures, its message, its cards.
async function decide(desk: HTMLElement, form: HTMLFormElement, pressed: HTMLButtonElement | null): Promise<void> {
  const card = form.closest<HTMLElement>("[data-card]");
  if (!card || card.ariaBusy === "true") return;
  card.ariaBusy = "true";
  try {
    const fields = new FormData(form, pressed) as unknown as Record<string, string>;
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(fields) });
    const fresh = one(parse(await answer.text(), location.origin), "[data-desk]");
    if (!fresh) throw new Error(answer.statusText);
    advance(desk, card, fresh);
  } finally {
    card.ariaBusy = null;
  }
}

function flash(desk: HTMLElement, text: string): void {
  const line = one(desk, ".desk-flash");
  if (line) line.textContent = text;
}

function advance(desk: HTMLElement, card: HTMLElement, fresh: HTMLElement): void {
  const at = cards(desk).indexOf(card);
  const here = new Map(cards(desk).map((each) => [each.id, each]));
  // Cards that stay keep what was typed in them.
  for (const each of cards(fresh)) {
    const old = each.id === card.id ? undefined : here.get(each.id);
    if (old) each.replaceWith(old);
  }
  const flash = one(desk, ".desk-flash") ?? make("p", "desk-flash");
  const said = one(fresh, ".desk-flash");
  flash.textContent = said?.textContent ?? "";
  said?.replaceWith(flash);
  desk.replaceChildren(...fresh.childNodes);
  const list = cards(desk);
  go(list[Math.min(at, list.length - 1)]);
}
