// The vote buttons of a comment and what they show.
import { article } from "../../base/discussion.js";
import { all } from "../../base/dom.js";

export type Vote = 1 | 0 | -1;

/** The vote buttons; a personal page calls a pressed one "undo". */
export const buttons = "button[form=act]:is([name=up], [name=down], [name=undo])";

/** The buttons of a comment with their meaning: the first is always "worth reading". */
export function choices(comment: Element): [HTMLButtonElement, Vote][] {
  const box = article(comment);
  return box ? all<HTMLButtonElement>(box, buttons).map((button, i) => [button, i ? -1 : 1]) : [];
}

/** Shows a reader's vote on a comment; its figures stay. */
export function showVote(comment: Element, vote: Vote): void {
  for (const [button, meaning] of choices(comment)) button.setAttribute("aria-pressed", String(meaning === vote));
}
