// Authors this reader does not want to read. Their comments fold; the thread
// keeps its shape.
import { article, comments, type Discussion } from "../../base/discussion.js";
import { button, make, on, one } from "../../base/dom.js";
import { keep, recall } from "../../base/memory.js";

/** Folds muted authors and offers to mute others. */
export function attach(d: Discussion): void {
  const muted = new Set(recall<string[]>("mutes"));
  const set = (author: string, mute: boolean): void => {
    if (mute) muted.add(author);
    else muted.delete(author);
    keep("mutes", [...muted]);
    if (d.overlay?.account) tell(d, author, mute);
    for (const each of comments(d)) apply(each);
  };
  // The list of the account joins that of the device, and the other way round.
  d.section.addEventListener("parley-overlay", () => {
    const known = new Set(d.overlay?.mutes);
    for (const author of muted) if (!known.has(author)) tell(d, author, true);
    for (const author of known) muted.add(author);
    for (const each of comments(d)) apply(each);
  });
  const apply = (comment: HTMLElement): void => {
    const author = comment.dataset["by"];
    if (author) fold(d, comment, muted.has(author), () => set(author, false));
  };
  for (const comment of comments(d)) apply(comment);
  d.entered.push(apply);
  // The button comes with the first interest in a comment, so that the page
  // every reader loads stays small.
  const offer = (comment: HTMLElement): void => {
    const author = comment.dataset["by"];
    const acts = article(comment)?.querySelector(".comment-acts");
    if (!author || !acts || "own" in comment.dataset || one(acts, ".comment-mute, [name=mute]")) return;
    acts.append(button("comment-mute", d.say("mute"), () => set(author, true)));
  };
  for (const type of ["pointerover", "focusin"]) on(d.section, type, "li.comment", offer);
  on<HTMLButtonElement>(d.section, "click", "button[name=mute][form=act]", (pressed, event) => {
    event.preventDefault();
    set(pressed.value, true);
  });
}

function tell(d: Discussion, author: string, mute: boolean): void {
  void d.http.remember(d.http.base + "/mutes", new URLSearchParams({ [mute ? "mute" : "unmute"]: author })).catch(() => {});
}

function fold(d: Discussion, comment: HTMLElement, mute: boolean, unmute: () => void): void {
  const box = article(comment);
  const there = one(comment, ":scope > .comment-muted");
  if (!box || mute === Boolean(there)) return;
  box.hidden = mute;
  there?.remove();
  if (!mute) return;
  const note = make("p", "comment-muted", d.say("muted") + " ");
  const show = button("link", d.say("show"), () => {
    box.hidden = false;
    show.remove();
  });
  note.append(show, " ", button("link", d.say("unmute"), unmute));
  box.before(note);
}
