// A warning is read before the next comment: it is shown in place, and what was
// written stays in its box.
import type { Discussion } from "../../base/discussion.js";
import { button, make } from "../../base/dom.js";

interface Statement {
  reasonWords?: string;
  note?: string;
}

/** Shows a warning; its button says that it was read and goes on. */
export async function readFirst(d: Discussion, decision: string, title: string, go: () => void): Promise<void> {
  const path = "/api/v1/decisions/" + decision;
  const told = await d.http.json<Statement>("GET", path);
  const dialog = make("dialog", "dialog");
  dialog.ariaLabel = title;
  const read = button("main", d.say("readWarning"), () => {
    void d.http
      .json("POST", path + "/read", {})
      .then(() => (dialog.close(), go()))
      .catch((problem: Error) => d.news.say(problem.message));
  });
  dialog.append(make("h2", "", title), make("p", "", told.reasonWords ?? ""));
  if (told.note) dialog.append(make("blockquote", "", told.note));
  dialog.append(read, " ", button("", d.say("cancel"), () => dialog.close()));
  dialog.addEventListener("close", () => dialog.remove());
  d.section.append(dialog);
  dialog.showModal();
}
