// What authors see on their own comments.
import { article, find, idOf, type Discussion } from "../../base/discussion.js";
import { all, make, one } from "../../base/dom.js";
import { countDown } from "../edit/countdown.js";
import { showVote } from "../vote/marks.js";

/** Offers an author what authors may do. */
export function own(d: Discussion, id: string, until: string | undefined): void {
  d.overlay ??= { account: null, votes: {}, own: [], editable: {}, held: [], unseen: 0 };
  d.overlay.own.push(id);
  if (until) d.overlay.editable[id] = until;
  const comment = find(d, id);
  if (comment) mark(d, comment);
}

/** Marks what the overlay knows of a comment. */
export function mark(d: Discussion, comment: HTMLElement): void {
  const { overlay } = d;
  const id = idOf(comment);
  const vote = overlay?.votes[id];
  if (vote) showVote(comment, vote);
  if (overlay?.own.includes(id)) markOwn(d, comment, overlay.editable[id]);
}

function markOwn(d: Discussion, comment: HTMLElement, until: string | undefined): void {
  const box = article(comment);
  const acts = box && one(box, ".comment-acts");
  if (!acts) return;
  comment.dataset["own"] = "";
  for (const vote of all<HTMLButtonElement>(acts, "[form]")) vote.disabled = true;
  one(acts, "[data-report]")?.remove();
  const offer = (verb: "edit" | "withdraw", value: string): void => {
    if (one(acts, `[data-${verb}]`)) return;
    const link = make("a", "", verb === "edit" ? "" : d.say(verb));
    link.href = `${d.http.base}/c/${idOf(comment)}/${verb}`;
    link.dataset[verb] = value;
    acts.append(link);
  };
  if (until && Date.parse(until) > Date.now()) offer("edit", until);
  offer("withdraw", "");
  countDown(d, comment);
}
