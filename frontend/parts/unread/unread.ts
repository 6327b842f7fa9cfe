// What is new since the reader was here, kept on this device per story, and
// the way to the next of it.
import { comments, idOf, reveal, type Discussion } from "../../base/discussion.js";
import { all } from "../../base/dom.js";
import { keep, recall } from "../../base/memory.js";
import type { Offer } from "../news/news.js";
import { onKey } from "../keys/keys.js";

/** Marks what is new and remembers what has been seen. */
export function attach(d: Discussion): void {
  const key = "seen:" + d.story;
  const seen = recall<string>(key);
  // On a first visit everything is new, which says nothing.
  const mark = (comment: HTMLElement): void => {
    if (seen && idOf(comment) > seen && !d.mine.includes(idOf(comment))) comment.dataset["new"] = "";
  };
  for (const comment of comments(d)) mark(comment);
  d.entered.push((comment) => {
    mark(comment);
    if ("new" in comment.dataset) tell(d);
  });
  tell(d);
  onKey(d, "n", d.say("next"), () => next(d));
  addEventListener("pagehide", () => keep(key, d.latest || seen), { signal: d.ended });
  document.addEventListener(
    "visibilitychange",
    () => {
      if (document.hidden) keep(key, d.latest || seen);
    },
    { signal: d.ended },
  );
}

/** Shows how many are new, with the way to the next and out. */
export function tell(d: Discussion): void {
  const n = unread(d).length;
  const offers: Offer[] = [
    [d.say("next"), () => next(d)],
    [d.say("markRead"), () => markRead(d)],
  ];
  d.news.line("unread", n ? d.say("unread", { n }) : "", n ? offers : []);
}

const unread = (d: Discussion): HTMLElement[] => all(d.section, "li.comment[data-new]");

function next(d: Discussion): void {
  const at = d.root.activeElement;
  const list = unread(d);
  const after = list.find((each) => at && at.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING);
  const comment = after ?? list[0];
  if (!comment) return;
  delete comment.dataset["new"];
  comment.dataset["read"] = "";
  reveal(comment);
  tell(d);
}

function markRead(d: Discussion): void {
  for (const comment of unread(d)) delete comment.dataset["new"];
  tell(d);
}
