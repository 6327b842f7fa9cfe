// The desk by keyboard: a letter decides, the card leaves at once, and the next
// one comes up. Decisions travel in the background; what the server refuses
// comes back with its reason.
import { all, button, make, one } from "../../base/dom.js";
import { Http, type Problem } from "../../base/http.js";
import { parse } from "../../base/html.js";
import { keep, recall } from "../../base/memory.js";
import { speaker, type Words } from "../../base/words.js";
import { onKey, type Board } from "../../parts/keys/keys.js";
import { follow } from "./job.js";
import { paint } from "./marks.js";
import { Outbox, type Ruling } from "./outbox.js";
import { Pulse, showTaken, type Standing } from "./pulse.js";
import { ask, codes, remember, usual } from "./reasons.js";
import { tired } from "./rest.js";

/** Attaches to the cards of the page's queue, or to the progress of a job. */
export function attach(words: Words): void {
  follow();
  const root = one(document, "[data-desk]");
  const list = root && one(root, "[data-cards]");
  if (root && list) new Desk(root, list, words);
}

/** Cards that must be left before more are fetched. */
const ahead = 12;
const undoable = 20;

/** A decision that can be taken back from here. */
interface Done {
  ruling: Ruling;
  card: HTMLElement;
  next: Element | null;
}

type Say = (key: string, values?: Record<string, string | number>) => string;

class Desk {
  private readonly say: Say;
  private readonly outbox: Outbox;
  private readonly pulse: Pulse;
  private readonly done: Done[] = [];
  private readonly gone = new Set<string>(); // decided here: not shown again
  private current: HTMLElement | undefined;
  private loading: Promise<void> | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly list: HTMLElement,
    private readonly words: Words,
  ) {
    const text = one(document, "script[data-desk-words]")?.textContent ?? "{}";
    this.say = speaker(JSON.parse(text) as Record<string, string>, words.locale);
    const http = new Http(root.dataset["base"] ?? "", words.locale, words.say);
    this.outbox = new Outbox(http, {
      sent: (ruling) => this.sent(ruling),
      refused: (ruling, problem) => this.refused(ruling, problem),
      waiting: (n, cut) => this.showWaiting(n, cut),
    });
    this.pulse = new Pulse(root, (cards, counts) => this.told(cards, counts));
    this.listen();
    this.keys();
    root.classList.toggle("zen", recall("desk:zen") === true);
    root.dataset["keys"] = "";
    for (const more of all(root, "[data-more]")) more.hidden = true;
    paint(list);
    this.go(this.cards()[0], false);
  }

  private cards(): HTMLElement[] {
    return all(this.list, "[data-card]");
  }

  // Cards that still wait: a colleague's decision greys a card, and it stays.
  private live(): HTMLElement[] {
    return this.cards().filter((card) => !card.matches(".gone"));
  }

  // Whether a decided card leaves: lists of everything keep it.
  private get leaves(): boolean {
    return !["all", "search", "comment"].includes(this.root.dataset["queue"] ?? "");
  }

  private listen(): void {
    this.root.addEventListener("submit", (event) => {
      const form = event.target as HTMLFormElement;
      const card = form.closest<HTMLElement>("[data-card]");
      if (!form.matches("[data-decide]") || !card) return;
      event.preventDefault();
      const fields = new FormData(form, event.submitter);
      this.decide(card, String(fields.get("verb")), String(fields.get("reason") ?? ""));
    });
    this.root.addEventListener("focusin", (event) => {
      const card = (event.target as Element).closest<HTMLElement>("[data-card]");
      if (card && card !== this.current) this.mark(card);
    });
    this.root.addEventListener("change", (event) => {
      if ((event.target as Element).matches("[data-pick]")) this.showPicked();
    });
  }

  private keys(): void {
    const board: Board = { root: document, section: this.root, say: this.words.say, ended: new AbortController().signal };
    const key = (letter: string, label: string, act: () => void): void => onKey(board, letter, label && this.say(label), act);
    key("j", "next", () => this.move(1));
    key("k", "previous", () => this.move(-1));
    key("f", "publish", () => this.press("publish", "dismiss"));
    key("d", "reject", () => this.reject());
    key("D", "choose", () => void this.choose());
    codes(this.root).slice(0, 10).forEach((code, i) => key(String((i + 1) % 10), i ? "" : "digit", () => this.rejectFor(code)));
    key("h", "hold", () => this.press("hold"));
    key("e", "feature", () => this.press("feature", "unfeature"));
    key("b", "sanction", () => this.within(".card-sanction")?.click());
    key("u", "undo", () => this.undo());
    key("z", "zen", () => this.zen());
    key("o", "open", () => this.open());
    key("x", "pick", () => this.within<HTMLInputElement>("[data-pick]")?.click());
    key("t", "queue", () => this.root.dataset["other"] && location.assign(this.root.dataset["other"]));
    key("/", "search", () => one(this.root, "[data-search]")?.focus());
  }

  private within<T extends HTMLElement = HTMLElement>(selector: string): T | null {
    return this.current ? one<T>(this.current, selector) : null;
  }

  private move(by: number): void {
    const list = this.cards();
    if (!this.list.contains(document.activeElement)) return this.go(this.current ?? list[0]);
    const at = this.current ? list.indexOf(this.current) : -1;
    this.go(list[Math.max(0, Math.min(list.length - 1, at + by))]);
  }

  private mark(card: HTMLElement | undefined): void {
    this.current?.classList.remove("current");
    this.current = card;
    card?.classList.add("current");
    this.pulse.look(card);
    void this.fetchMore();
  }

  private go(card: HTMLElement | undefined, focus = true): void {
    this.mark(card);
    this.showEmpty();
    if (!card || !focus) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "start", behavior: "instant" });
  }

  private showEmpty(): void {
    const more = this.live().length > 0 || Boolean(this.root.dataset["next"]);
    for (const node of all(this.root, "[data-empty]")) node.hidden = more;
  }

  private press(...verbs: string[]): void {
    for (const verb of verbs) {
      const found = this.within<HTMLButtonElement>(`button[name=verb][value="${verb}"]`);
      if (found && this.current) return this.decide(this.current, verb);
    }
  }

  private reject(): void {
    const chosen = this.within<HTMLSelectElement>("select[name=reason]")?.value || usual(this.root);
    if (chosen) this.rejectFor(chosen);
    else void this.choose();
  }

  private rejectFor(reason: string): void {
    if (this.current && this.within("button[value=reject]")) this.decide(this.current, "reject", reason);
  }

  private async choose(): Promise<void> {
    const card = this.current;
    const field = this.within<HTMLInputElement>("input[name=note]");
    if (!card || !field) return;
    const answer = await ask(this.root, field.value);
    card.focus();
    if (!answer) return;
    field.value = answer.note;
    this.decide(card, "reject", answer.reason);
  }

  private decide(card: HTMLElement, verb: string, reason = ""): void {
    const value = (name: string): string => one<HTMLInputElement>(card, `[name="${name}"]`)?.value ?? "";
    if (card.classList.contains("gone") || card.classList.contains("sending")) return;
    if (verb === "reject") remember(reason);
    const ruling = this.outbox.push({
      comment: card.dataset["card"] ?? "",
      verb,
      from: value("from"),
      seen: value("seen"),
      reason: verb === "reject" ? reason : "",
      note: value("note"),
    });
    this.done.push({ ruling, card, next: card.nextElementSibling });
    if (this.done.length > undoable) this.done.shift();
    const stays = !this.leaves || verb === "feature" || verb === "unfeature";
    card.classList.toggle("sending", stays);
    if (stays) this.flash(this.did(card, verb));
    else this.leave(card, verb);
    this.rest(verb, reason);
  }

  private did(card: HTMLElement, verb: string): string {
    const seen = verb === "publish" && card.dataset["state"] === "published";
    return this.say(seen ? "didSeen" : "did" + verb[0]?.toUpperCase() + verb.slice(1));
  }

  // The card leaves, and the next that nobody has comes up.
  private leave(card: HTMLElement, verb: string): void {
    const list = this.cards();
    const at = list.indexOf(card);
    const later = [...list.slice(at + 1), ...list.slice(0, at).reverse()];
    const live = later.filter((each) => !each.matches(".gone"));
    const next = live.find((each) => !each.matches(".taken")) ?? live[0] ?? later[0];
    this.gone.add(card.dataset["card"] ?? "");
    card.remove();
    this.go(next);
    this.flash(`${this.did(card, verb)} ${this.say("left", { n: this.live().length })}`);
  }

  private undo(): void {
    const last = this.done.pop();
    if (!last) return this.flash(this.say("nothing"));
    this.outbox.push({ ...last.ruling, verb: "undo" });
    this.comeBack(last.card, last.next);
    this.flash(this.say("didUndo"));
  }

  private comeBack(card: HTMLElement, next: Element | null, note = ""): void {
    this.gone.delete(card.dataset["card"] ?? "");
    if (!card.isConnected) this.list.insertBefore(card, next?.parentNode === this.list ? next : null);
    this.note(card, note);
    this.go(card);
  }

  private note(card: HTMLElement, text: string): void {
    const line = one(card, "[data-note]");
    if (!line) return;
    line.textContent = text;
    line.hidden = !text;
  }

  private sent(ruling: Ruling): void {
    this.pulse.poke();
    const card = one(this.list, `[data-card="${ruling.comment}"]`);
    if (card && (card.classList.contains("sending") || ruling.verb === "undo")) void this.renew(card);
  }

  // What the server refused comes back, with what was typed still in it.
  private refused(ruling: Ruling, problem: Problem): void {
    const at = this.done.findIndex((each) => each.ruling.key === ruling.key);
    const entry = at >= 0 ? this.done.splice(at, 1)[0] : undefined;
    const card = entry?.card ?? one(this.list, `[data-card="${ruling.comment}"]`);
    if (card) {
      card.classList.remove("sending");
      const here = this.current;
      this.comeBack(card, entry?.next ?? null, problem.message);
      if (here?.isConnected && here !== card) this.go(here);
    }
    this.flash(problem.message);
    this.pulse.poke();
  }

  private told(cards: Record<string, Standing>, counts: Record<string, string>): void {
    for (const card of this.cards()) {
      const now = cards[card.dataset["card"] ?? ""];
      if (!now || card.classList.contains("sending")) continue;
      showTaken(card, now.taken ? this.say("claimed", { name: now.taken }) : "");
      const gone = card.classList.contains("gone");
      const edited = card.dataset["seen"] !== now.seen;
      if (!now.here && !gone) this.grey(card, now);
      else if (now.here && (gone || edited)) void this.renew(card, edited ? this.say("edited") : "");
    }
    this.showEmpty();
    const waiting = counts[this.root.dataset["queue"] ?? ""];
    if (waiting && !this.live().length && !this.outbox.size) void this.fetchMore(location.href, false);
  }

  private grey(card: HTMLElement, now: Standing): void {
    card.classList.add("gone");
    this.note(card, now.by ? this.say("gone", { verb: now.verb ?? "", name: now.by }) : this.say("leftQueue"));
    for (const each of all<HTMLButtonElement>(card, "[data-decide] button")) each.disabled = true;
  }

  // Puts the present card in place of one that changed.
  private async renew(card: HTMLElement, note = ""): Promise<void> {
    const base = `${this.root.dataset["base"]}/desk/comments/${card.dataset["card"]}?part=cards`;
    const fresh = await this.page(base);
    const now = fresh && one(fresh, "[data-card]");
    if (!now || !card.isConnected) return;
    const typed = one<HTMLInputElement>(card, "input[name=note]")?.value ?? "";
    const field = one<HTMLInputElement>(now, "input[name=note]");
    if (field) field.value = typed;
    const focused = card === this.current;
    card.replaceWith(now);
    this.note(now, note);
    paint(this.list);
    if (focused) this.go(now);
  }

  private async page(url: string): Promise<DocumentFragment | null> {
    const answer = await fetch(url).catch(() => null);
    return answer?.ok ? parse(await answer.text(), location.origin) : null;
  }

  private fetchMore(from = this.root.dataset["next"] ?? "", far = true): Promise<void> {
    const list = this.cards();
    const at = this.current ? list.indexOf(this.current) : list.length;
    const left = list.slice(at).filter((card) => !card.matches(".gone")).length;
    if (!from || left > ahead || this.loading) return this.loading ?? Promise.resolve();
    this.loading = this.goOn(from, far).finally(() => (this.loading = undefined));
    return this.loading;
  }

  // A page of a narrowed queue may be empty, or hold nothing but what was decided here,
  // and there is another.
  private async goOn(from: string, far: boolean): Promise<void> {
    const before = this.root.dataset["next"] ?? "";
    for (let at = from, was = ""; at && at !== was; ) {
      await this.append(at);
      if (this.live().length || !far) break;
      was = at;
      at = this.root.dataset["next"] ?? "";
    }
    if (!far && !this.live().length) this.root.dataset["next"] = before;
    this.showEmpty();
  }

  private async append(from: string): Promise<void> {
    const url = new URL(from, location.href);
    url.searchParams.set("part", "cards");
    const fresh = await this.page(url.href);
    const found = fresh && one(fresh, "[data-cards]");
    if (!found) return;
    this.root.dataset["next"] = found.dataset["next"] ?? "";
    const here = new Set(this.cards().map((card) => card.dataset["card"]));
    for (const card of all(found, "[data-card]")) {
      const id = card.dataset["card"] ?? "";
      if (!here.has(id) && !this.gone.has(id)) this.list.append(card);
    }
    paint(this.list);
    const next = this.live()[0];
    if (!this.current?.isConnected) this.go(next ?? this.cards()[0]);
    // Who writes in a greyed card stays there.
    else if (next && this.current.matches(".gone") && document.activeElement === this.current) this.go(next);
  }

  private zen(): void {
    const on = this.root.classList.toggle("zen");
    keep("desk:zen", on || null);
    this.go(this.current ?? this.cards()[0]);
  }

  private open(): void {
    const fold = this.within<HTMLDetailsElement>("details.card-fold");
    if (fold) fold.open = !fold.open;
  }

  private showPicked(): void {
    const n = all(this.list, "[data-pick]:checked").length;
    const label = one(this.root, "[data-picked]");
    if (label) label.textContent = this.say("picked", { n });
    const fold = one<HTMLDetailsElement>(this.root, "details[data-bulk]");
    if (fold && n) fold.open = true;
  }

  private flash(text: string): void {
    const line = one(this.root, "[data-flash]");
    if (line) line.textContent = text;
  }

  private showWaiting(n: number, cut: boolean): void {
    const line = one(this.root, "[data-waiting]");
    if (!line) return;
    line.hidden = n < 2 && !cut;
    line.classList.toggle("cut", cut);
    line.textContent = n ? this.say(cut ? "waiting" : "sending", { n }) : "";
  }

  private rest(verb: string, reason: string): void {
    const due = tired(verb, reason);
    if (!due || one(this.root, ".desk-rest")) return;
    const note = make("aside", "desk-rest", this.say(due));
    note.append(" ", button("", this.say("restOk"), () => note.remove()));
    this.list.before(note);
  }
}
