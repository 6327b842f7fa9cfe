// One discussion on the page: where it stands, whom it talks to, and where a
// comment belongs in it. Every part's script is handed one.
import type { Http } from "./http.js";
import { all, make, one } from "./dom.js";
import type { Say } from "./words.js";
import type { News } from "../parts/news/news.js";

/** The deepest level of nesting in the HTML; deeper replies stand side by side. */
const deepest = 8;

/** What the server knows about this reader. */
export interface Overlay {
  account: { name: string; role: string; staff: boolean } | null;
  votes: Record<string, 1 | 0 | -1>;
  own: string[];
  editable: Record<string, string>;
  unseen: number;
  held: { id: string; parent: string; html: string }[];
  byline?: { kind: string; name: string };
  mutes?: string[] | null;
}

export interface Discussion {
  readonly root: Document | ShadowRoot;
  readonly section: HTMLElement;
  readonly http: Http;
  readonly say: Say;
  readonly figure: (n: number) => string;
  readonly news: News;
  /** Empty until somebody writes under an embedded story. */
  story: string;
  /** The newest comment this page has heard of. */
  latest: string;
  /** Comments the reader posted from this page. */
  readonly mine: string[];
  /** Personal facts, once they are here. */
  overlay: Overlay | null;
  /** Called with every comment that enters the page. */
  readonly entered: ((comment: HTMLElement) => void)[];
  /** Ends timers and listeners outside the section. */
  readonly ended: AbortSignal;
  /** Shows the discussion another way, in place. */
  renew(choice: URLSearchParams): Promise<void>;
}

/** The comment's id. */
export const idOf = (comment: Element): string => comment.id.slice(2);

/** Where this device keeps what was begun under a story. */
export const draftsKey = (d: Discussion): string => "drafts:" + (d.story || location.href);

/** All comments on the page, in reading order. */
export const comments = (d: Discussion): HTMLElement[] => all(d.section, "li.comment");

/** The comment with an id, if it is on the page. */
export const find = (d: Discussion, id: string): HTMLElement | null => (id ? one(d.section, "#c-" + id) : null);

/** The comment's own box, without its replies. */
export const article = (comment: Element): HTMLElement | null => one(comment, ":scope > article");

/** The id of the comment it answers, or nothing. */
export const parentOf = (comment: HTMLElement): string => comment.dataset["to"] ?? "";

/** Notes for every comment which one it answers, before comments are moved about. */
export function relate<T extends ParentNode>(nodes: T): T {
  for (const comment of all(nodes, "li.comment")) {
    const href = article(comment)?.querySelector(".comment-to > span > a")?.getAttribute("href") ?? "";
    const [, kind, id] = /(#b-|#c-|\/c\/)([0-9a-z]{13})$/.exec(href) ?? [];
    // "#b-REPLY" is the way back to a reply and stands in the comment it answers.
    const parent = kind === "#b-" ? one(nodes, "#b-" + id)?.closest("li.comment")?.id.slice(2) : id;
    if (parent) comment.dataset["to"] = parent;
  }
  return nodes;
}

/** How many a figure in a text says. */
export const figure = (text: string | null | undefined): number => Number((text ?? "").replace(/\D/g, ""));

/** Tells the page around, also across a shadow root. */
export function emit(d: Discussion, name: "posted" | "count" | "ready", detail: object): void {
  d.section.dispatchEvent(new CustomEvent("parley:" + name, { detail, bubbles: true, composed: true }));
}

/**
 * Puts a comment where it belongs, or in place of its older self. One that the
 * heads of branches have counted before it came names the list it falls back to.
 */
export function place(d: Discussion, comment: HTMLElement, counted?: Element): void {
  const older = find(d, idOf(comment));
  if (older) return replace(d, older, comment);
  const parent = d.section.dataset["view"] === "conversation" ? null : find(d, parentOf(comment));
  if (parent) placeBelow(parent, comment);
  else if (counted) counted.append(comment);
  else placeRoot(d, comment);
  if (parent && !counted) recount(d, comment);
  enter(d, comment);
}

/** Lets every part know of a comment and of those inside it. */
export function enter(d: Discussion, comment: HTMLElement): void {
  for (const each of [comment, ...all(comment, "li.comment")]) {
    if (idOf(each) > d.latest) d.latest = idOf(each);
    for (const hear of d.entered) hear(each);
  }
}

function replace(d: Discussion, older: HTMLElement, comment: HTMLElement): void {
  const branch = one(older, ":scope > .branch");
  if (branch) {
    one(comment, ":scope > .branch")?.remove();
    comment.append(branch);
  }
  setDepth(comment, Number(/\bd(\d+)\b/.exec(older.className)?.[1] ?? 0));
  older.replaceWith(comment);
  for (const hear of d.entered) hear(comment);
}

function placeRoot(d: Discussion, comment: HTMLElement): void {
  const thread = one(d.section, "[data-thread]");
  one(d.section, ".discussion-empty")?.remove();
  if (d.section.dataset["order"] === "oldest") thread?.append(comment);
  else thread?.prepend(comment);
}

function placeBelow(parent: HTMLElement, comment: HTMLElement): void {
  const level = nesting(parent);
  setDepth(comment, Math.min(level, deepest));
  if (level > deepest) return parent.after(comment);
  const branch = branchOf(parent);
  one(branch, ":scope > ol")?.append(comment);
  branch.open = true;
}

function nesting(comment: Element): number {
  let depth = 0;
  for (let at: Element | null | undefined = comment; at; at = at.parentElement?.closest("li.comment")) depth++;
  return depth;
}

function setDepth(comment: HTMLElement, depth: number): void {
  comment.className = comment.className.replace(/\bd\d+\b/, "d" + depth);
}

function branchOf(parent: HTMLElement): HTMLDetailsElement {
  const there = one<HTMLDetailsElement>(parent, ":scope > details.branch");
  if (there) return there;
  const branch = make("details", "branch");
  branch.append(make("summary", ""), make("ol", "replies"));
  parent.append(branch);
  return branch;
}

// The head of a branch says how many it holds, those not loaded included.
function recount(d: Discussion, comment: HTMLElement): void {
  for (let at = comment.closest(".branch"); at; at = at.parentElement?.closest(".branch") ?? null) {
    let n = all(at, "li.comment:not(.gone)").length;
    for (const more of all(at, "[data-more]")) n += Number(more.dataset["more"]) || figure(more.textContent);
    const head = one(at, ":scope > summary");
    if (head) head.textContent = d.say("replies", { n });
  }
}

/** Opens what hides a node, brings it into view and gives it the focus. */
export function reveal(node: HTMLElement): void {
  for (let at = node.parentElement?.closest("details"); at; at = at.parentElement?.closest("details")) at.open = true;
  if (node.tabIndex < 0) node.tabIndex = -1;
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: "nearest" });
  node.dispatchEvent(new CustomEvent("parley:reveal", { bubbles: true, composed: true }));
}
