// The author edits or withdraws in place.
import { article, find, idOf, place, reveal, type Discussion } from "../../base/discussion.js";
import { button, modified, on, one } from "../../base/dom.js";
import { Problem } from "../../base/http.js";
import { confirmed, area, equip, fail, fetchComment, showPreview } from "../box/box.js";
import { ask } from "../dialog/dialog.js";

/** Handles an author's links. */
export function attach(d: Discussion): void {
  const handle = (selector: string, act: (link: HTMLAnchorElement, comment: HTMLElement) => Promise<void>): void =>
    on<HTMLAnchorElement>(d.section, "click", selector, (link, event) => {
      const comment = link.closest<HTMLElement>("li.comment");
      if (!comment || modified(event)) return;
      event.preventDefault();
      act(link, comment).catch((problem: Error) => d.news.say(problem.message));
    });
  handle("[data-edit]", (link, comment) => edit(d, link, comment));
  handle("[data-withdraw]", (link, comment) => withdraw(d, link, idOf(comment)));
}

async function edit(d: Discussion, link: HTMLAnchorElement, comment: HTMLElement): Promise<void> {
  const page = await d.http.page(link.href);
  const form = one<HTMLFormElement>(page, "form[data-box]");
  const box = article(comment);
  const text = box && one(box, ":scope > .comment-text");
  if (!form || !text || text.hidden) return;
  text.hidden = true;
  text.after(form);
  const close = (): void => {
    form.remove();
    text.hidden = false;
    link.focus();
  };
  equip(d, form, () => {});
  one(form, ".box-send")?.append(button("", d.say("cancel"), close));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const preview = event.submitter && "preview" in event.submitter.dataset;
    const act = preview ? showPreview(d, form) : save(d, idOf(comment), area(form).value, confirmed(form));
    act.catch((problem: Error) => fail(d, form, problem));
  });
  area(form).focus();
}

async function save(d: Discussion, id: string, text: string, confirmed: boolean): Promise<void> {
  await d.http.json("PATCH", `/api/v1/comments/${id}`, { text, confirmed });
  await refresh(d, id);
  d.news.say(d.say("saved"));
}

async function withdraw(d: Discussion, link: HTMLAnchorElement, id: string): Promise<void> {
  await ask(
    d,
    link,
    () => d.http.json("POST", `/api/v1/comments/${id}/withdraw`, {}),
    async () => {
      await refresh(d, id);
      d.news.say(d.say("withdrawn"));
    },
  );
}

// What is withdrawn without replies is gone; with replies it leaves its place.
async function refresh(d: Discussion, id: string): Promise<void> {
  const comment = await fetchComment(d, id).catch((problem: unknown) => {
    if (problem instanceof Problem && (problem.status === 404 || problem.status === 410)) return null;
    throw problem;
  });
  if (!comment) return takeAway(d, find(d, id));
  const older = find(d, id)?.dataset["to"];
  if (older) comment.dataset["to"] = older;
  place(d, comment);
  reveal(comment);
}

// The focus goes on to what the comment answered, or to the head of the discussion.
function takeAway(d: Discussion, comment: HTMLElement | null): void {
  const next = comment?.parentElement?.closest<HTMLElement>("li.comment") ?? one(d.section, "[data-heading]");
  comment?.remove();
  if (next) reveal(next);
}
