// Votes without a reload: shown at once, taken back when the server refuses.
import { figure, type Discussion } from "../../base/discussion.js";
import { on, one } from "../../base/dom.js";
import { buttons, choices, showVote, type Vote } from "./marks.js";

/** Handles the vote buttons of a discussion. */
export function attach(d: Discussion): void {
  let last = Promise.resolve();
  on<HTMLButtonElement>(d.section, "click", buttons, (pressed, event) => {
    event.preventDefault();
    last = cast(d, pressed, last);
  });
}

// Votes are sent one after the other, so that the last one pressed is the one that counts.
async function cast(d: Discussion, pressed: HTMLButtonElement, earlier: Promise<void>): Promise<void> {
  const comment = pressed.closest<HTMLElement>("li.comment");
  if (!comment || "own" in comment.dataset) return;
  const pair = choices(comment);
  const before = pair.find(([button]) => button.ariaPressed === "true")?.[1] ?? 0;
  const wanted = pair.find(([button]) => button === pressed)?.[1] ?? 0;
  const vote = wanted === before ? 0 : wanted;
  change(d, comment, before, vote);
  await earlier;
  try {
    await d.http.json("PUT", `/api/v1/comments/${pressed.value}/vote`, { value: vote });
    if (d.overlay) d.overlay.votes[pressed.value] = vote;
  } catch (problem) {
    change(d, comment, vote, before);
    d.news.say((problem as Error).message);
  }
}

function change(d: Discussion, comment: HTMLElement, from: Vote, to: Vote): void {
  for (const [button, meaning] of choices(comment)) {
    const shown = one(button, "b");
    if (!shown) continue;
    const n = figure(shown.textContent) + Number(meaning === to) - Number(meaning === from);
    shown.textContent = n > 0 ? d.figure(n) : "";
  }
  showVote(comment, to);
}
