// Reports in place, with the reasons of the report page. "I disagree" is one
// of them; the page says beside it where that goes.
import { idOf, type Discussion } from "../../base/discussion.js";
import { modified, on, one } from "../../base/dom.js";
import { ask } from "../dialog/dialog.js";

/** Handles the links to report. */
export function attach(d: Discussion): void {
  on<HTMLAnchorElement>(d.section, "click", "[data-report]", (link, event) => {
    const comment = link.closest("li.comment");
    if (!comment || modified(event)) return;
    event.preventDefault();
    ask(d, link, (form) => send(d, idOf(comment), form)).catch((problem: Error) => d.news.say(problem.message));
  });
}

async function send(d: Discussion, id: string, form: HTMLFormElement): Promise<void> {
  const { reason = "", words = "" } = Object.fromEntries(new FormData(form)) as Record<string, string>;
  await d.http.json("POST", `/api/v1/comments/${id}/reports`, { reason, words });
  const hint = reason === "disagree" ? one(form, ".report-hint")?.textContent : "";
  d.news.say(hint || d.say("thanks"));
}
