// Branches fold as <details>; script lets the rail fold too and remembers what
// was folded, per story.
import { article, type Discussion } from "../../base/discussion.js";
import { all } from "../../base/dom.js";
import { keep, recall } from "../../base/memory.js";

/** Makes folds last and the rail clickable. */
export function attach(d: Discussion): void {
  const key = "fold:" + d.story;
  const folded = new Set(recall<string[]>(key));
  const apply = (comment: Element): void => {
    for (const branch of all<HTMLDetailsElement>(comment, ":scope > .branch")) if (folded.has(comment.id)) branch.open = false;
  };
  for (const comment of all(d.section, "li.comment")) apply(comment);
  d.entered.push(apply);
  d.section.addEventListener("click", (event) => pressRail(event.target as Element));
  // A toggle does not bubble, so it is caught on the way down.
  d.section.addEventListener(
    "toggle",
    (event) => {
      const branch = event.target as HTMLDetailsElement;
      const comment = branch.matches(".branch") && branch.closest("li.comment");
      if (!comment) return;
      if (branch.open) folded.delete(comment.id);
      else folded.add(comment.id);
      keep(key, folded.size ? [...folded] : null);
    },
    true,
  );
}

// The rail is the list's own margin: a press on the list itself, not on a comment.
function pressRail(pressed: Element): void {
  if (!pressed.matches(".replies, .branch")) return;
  const branch = pressed.closest<HTMLDetailsElement>(".branch");
  if (!branch) return;
  branch.open = !branch.open;
  if (!branch.open) (branch.parentElement && article(branch.parentElement))?.scrollIntoView({ block: "nearest" });
}
