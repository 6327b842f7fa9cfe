// More replies, more comments, all of them: in place, with the focus on the
// first that came.
import { comments, enter, find, idOf, place, relate, reveal, type Discussion } from "../../base/discussion.js";
import { all, modified, on, one } from "../../base/dom.js";

/** Handles the links that load more. */
export function attach(d: Discussion): void {
  const loads: [string, (link: HTMLAnchorElement) => Promise<void>][] = [
    ["a[data-more]", (link) => moreReplies(d, link)],
    ["a[data-load-more]", (link) => moreComments(d, link)],
    ["a[data-load-all]", (link) => everything(d, link)],
  ];
  for (const [selector, load] of loads) {
    on<HTMLAnchorElement>(d.section, "click", selector, (link, event) => {
      if (modified(event)) return;
      event.preventDefault();
      void busy(d, link, load);
    });
  }
}

// Without an answer the link itself still leads there.
async function busy(d: Discussion, link: HTMLAnchorElement, load: (link: HTMLAnchorElement) => Promise<void>): Promise<void> {
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  const before = new Set(comments(d).map(idOf));
  try {
    await load(link);
    const fresh = comments(d).filter((each) => !before.has(idOf(each)));
    if (fresh[0]) reveal(fresh[0]);
    d.news.say(d.say("loaded", { n: fresh.length }));
  } catch (problem) {
    d.news.say((problem as Error).message);
  } finally {
    link.ariaBusy = null;
  }
}

async function moreReplies(d: Discussion, link: HTMLAnchorElement): Promise<void> {
  const page = relate(await d.http.page(part(link, "replies")));
  const list = link.closest(".branch")?.querySelector(":scope > ol");
  const next = one(page, "a[data-more]:not(li a)");
  // The rest of a branch may belong below a reply that is already here.
  for (const comment of all(page, "li.comment:not(li li)")) {
    if (list && !find(d, idOf(comment))) place(d, comment, list);
  }
  if (next) link.replaceWith(next);
  else link.remove();
}

async function moreComments(d: Discussion, link: HTMLAnchorElement): Promise<void> {
  const page = relate(await d.http.page(part(link, "discussion")));
  const thread = one(d.section, "[data-thread]");
  for (const comment of all(page, "[data-thread] > li")) {
    if (find(d, idOf(comment))) continue;
    thread?.append(comment);
    enter(d, comment);
  }
  follow(link, page);
}

async function everything(d: Discussion, link: HTMLAnchorElement): Promise<void> {
  const page = relate(await d.http.page(part(link, "discussion")));
  const roots = all(page, "[data-thread] > li");
  one(d.section, "[data-thread]")?.replaceChildren(...roots);
  for (const comment of roots) enter(d, comment);
  follow(link, page);
}

function follow(link: HTMLElement, page: ParentNode): void {
  const next = one(page, ".discussion-more");
  const here = link.closest(".discussion-more");
  if (next) here?.replaceWith(next);
  else here?.remove();
}

function part(link: HTMLAnchorElement, name: string): string {
  const url = new URL(link.href);
  url.hash = "";
  url.searchParams.set("part", name);
  return url.href;
}
