// From a reply to the comment it answers and back. Showing the parent in place
// is <details> and needs no script.
import { article, find, idOf, parentOf, reveal, type Discussion } from "../../base/discussion.js";
import { all, make, modified, on, one } from "../../base/dom.js";

/** Makes the link to a parent lead back as well. */
export function attach(d: Discussion): void {
  on(d.section, "click", ".comment-to > span > a", (link, event) => {
    const reply = link.closest<HTMLElement>("li.comment");
    const parent = reply && find(d, parentOf(reply));
    if (!parent || modified(event)) return;
    event.preventDefault();
    offerBack(d, parent, idOf(reply), link);
    reveal(parent);
  });
}

function offerBack(d: Discussion, parent: HTMLElement, reply: string, origin: HTMLElement): void {
  for (const old of all(d.section, ".comment-back[data-on]")) delete old.dataset["on"];
  const back = one(parent, "#b-" + reply) ?? make("a", "comment-back", d.say("back"));
  if (!back.isConnected) article(parent)?.append(back);
  back.setAttribute("href", "#c-" + reply);
  back.dataset["on"] = "";
  back.onclick = (event) => {
    event.preventDefault();
    delete back.dataset["on"];
    reveal(origin);
  };
}
