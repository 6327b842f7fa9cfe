// The box in which a comment is written, at the top and below a comment.
import { emit, find, idOf, place, relate, reveal, type Discussion } from "../../base/discussion.js";
import { all, make, modified, on, one } from "../../base/dom.js";
import { newKey, Problem } from "../../base/http.js";
import { parse } from "../../base/html.js";
import { own } from "../overlay/own.js";
import { Drafts, type Draft } from "./draft.js";
import { readFirst } from "../warned/warned.js";
import { clearErrors, showErrors } from "./errors.js";

interface Posted {
  id: string;
  state: "published" | "held" | "rejected";
  story?: string;
  editableUntil?: string;
}

/** The characters left are shown for this last part of the limit. */
const nearLimit = 0.9;

/** Improves every box and lets "Reply" open one in place. */
export function attach(d: Discussion): void {
  const drafts = new Drafts(d);
  const box = one<HTMLFormElement>(d.section, "form[data-box]");
  if (!box) return;
  // A reply begins as a copy of the box, without what was written in it while
  // this script was on its way.
  const blank = box.cloneNode(true) as HTMLFormElement;
  area(blank).value = "";
  open(d, box, drafts, "");
  on<HTMLAnchorElement>(d.section, "click", "[data-reply]", (link, event) => {
    const comment = link.closest<HTMLElement>("li.comment");
    if (!comment || modified(event)) return;
    event.preventDefault();
    sign(blank, value(box, "byline"), value(box, "name"));
    reply(d, comment, blank, drafts, link);
  });
}

/** Opens a box for an answer below a comment. */
function reply(d: Discussion, comment: HTMLElement, blank: HTMLFormElement, drafts: Drafts, opener: HTMLElement): void {
  const parent = idOf(comment);
  const there = one<HTMLFormElement>(comment, ":scope > form[data-box]");
  const form = there ?? copy(blank, parent, opener.textContent ?? "");
  if (!there) {
    one(comment, ":scope > article")?.after(form);
    open(d, form, drafts, parent, () => {
      form.remove();
      opener.focus();
    });
  }
  const text = area(form);
  text.focus({ preventScroll: true });
  form.scrollIntoView({ block: "nearest" });
}

function copy(blank: HTMLFormElement, parent: string, label: string): HTMLFormElement {
  const form = blank.cloneNode(true) as HTMLFormElement;
  form.classList.add("open");
  form.ariaLabel = label;
  const field = make("input", "");
  Object.assign(field, { type: "hidden", name: "parent", value: parent });
  form.append(field);
  // Ids must stay unique, and what refers to them must follow.
  for (const name of ["id", "for", "aria-describedby", "aria-labelledby"]) {
    for (const node of all(form, `[${name}]`)) {
      node.setAttribute(name, (node.getAttribute(name) ?? "").replace(/\S+/g, `$&-${parent}`));
    }
  }
  for (const words of all(form, ".box-label, .box-send .main")) words.textContent = label;
  area(form).placeholder = label;
  return form;
}

function open(d: Discussion, form: HTMLFormElement, drafts: Drafts, name: string, close?: () => void): void {
  restore(form, drafts, name);
  equip(d, form, () => drafts.write(name, read(form)));
  const text = area(form);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (close) close();
    else {
      form.classList.remove("open");
      text.blur();
    }
  });
  let sending = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    const preview = event.submitter && "preview" in event.submitter.dataset;
    const act = preview ? showPreview(d, form) : send(d, form, drafts, name, close);
    void act.catch((problem) => fail(d, form, problem as Error)).finally(() => (sending = false));
  });
}

/** Gives any box its growing field, its count and its keys. */
export function equip(d: Discussion, form: HTMLFormElement, changed: () => void): void {
  const text = area(form);
  const update = (): void => {
    grow(text);
    countLeft(d, form);
  };
  form.addEventListener("input", () => {
    update();
    changed();
  });
  text.addEventListener("focus", () => {
    form.classList.add("open");
    update();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  // Some of it may have been written before this script came.
  if (!text.value) return;
  update();
  changed();
}

/** Shows what went wrong at its field, or in a word. */
export function fail(d: Discussion, form: HTMLFormElement, problem: Error): void {
  if (!(problem instanceof Problem)) return d.news.say(d.say("failed"));
  if (problem.warning) {
    return void readFirst(d, problem.warning, problem.message, () => form.requestSubmit()).catch(() => showErrors(form, problem));
  }
  showErrors(form, problem);
  if (problem.fields().some(([name]) => name === "confirmed")) offerAnyway(d, form);
}

// A rule asked to think again: what is sent next is sent anyway.
function offerAnyway(d: Discussion, form: HTMLFormElement): void {
  const button = one(form, ".box-send .main");
  if (!button || confirmed(form)) return;
  form.dataset["anyway"] = button.textContent ?? "";
  button.textContent = d.say("sendAnyway");
}

/** Whether the author was asked to think again. */
export const confirmed = (form: HTMLFormElement): boolean => "anyway" in form.dataset;

/** The field of a box. */
export const area = (form: HTMLFormElement): HTMLTextAreaElement => form.elements.namedItem("text") as HTMLTextAreaElement;

const value = (form: HTMLFormElement, name: string): string => String(new FormData(form).get(name) ?? "");

const keyOf = (form: HTMLFormElement): HTMLInputElement => form.elements.namedItem("key") as HTMLInputElement;

const read = (form: HTMLFormElement): Draft => ({
  text: area(form).value,
  byline: value(form, "byline"),
  name: value(form, "name"),
  key: (keyOf(form).value ||= newKey()),
});

function restore(form: HTMLFormElement, drafts: Drafts, name: string): void {
  const draft = drafts.read(name);
  if (!draft || area(form).value) return;
  area(form).value = draft.text;
  keyOf(form).value = draft.key;
  form.classList.add("open");
  sign(form, draft.byline, draft.name);
}

/** Chooses under which name a box writes. */
function sign(form: HTMLFormElement, byline: string, name: string): void {
  const kind = one<HTMLInputElement>(form, `[name=byline][value="${CSS.escape(byline)}"]`);
  if (kind) kind.checked = true;
  const shown = one<HTMLInputElement>(form, "[name=name]");
  if (shown) shown.value = name;
}

function grow(text: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  text.style.height = "auto";
  text.style.height = text.scrollHeight + "px";
}

function countLeft(d: Discussion, form: HTMLFormElement): void {
  const shown = one(form, "[data-left]");
  const max = Number(form.dataset["max"]);
  if (!shown || !max) return;
  // The server counts characters, not the halves that a script counts.
  const n = [...area(form).value].length;
  shown.textContent = n > max ? d.say("tooLong", { n: n - max }) : n > max * nearLimit ? d.say("left", { n: max - n }) : "";
}

/** Shows the text as the server would print it. */
export async function showPreview(d: Discussion, form: HTMLFormElement): Promise<void> {
  const { html } = await d.http.json<{ html: string }>("POST", "/api/v1/preview", { text: area(form).value });
  clearErrors(form);
  const text = make("div", "comment-text");
  text.dir = "auto";
  text.append(parse(html, d.http.origin));
  one(form, "[data-preview-area]")?.replaceChildren(text);
}

async function send(d: Discussion, form: HTMLFormElement, drafts: Drafts, name: string, close?: () => void): Promise<void> {
  const { key, ...written } = read(form);
  const request = { story: d.story, parent: value(form, "parent"), ...written, ...storyRef(d, form), confirmed: confirmed(form) };
  const posted = await d.http.json<Posted>("POST", "/api/v1/comments", request, key).catch((problem: unknown) => {
    // A refused text will be another one when it is sent again; one whose answer was lost is the same.
    if (problem instanceof Problem && problem.status) keyOf(form).value = "";
    throw problem;
  });
  drafts.write(name, null);
  d.story ||= posted.story ?? "";
  if (close) close();
  else reset(form);
  await show(d, posted, request.parent);
}

// Nobody has written under an embedded story yet: the form says which it is.
function storyRef(d: Discussion, form: HTMLFormElement): object {
  if (d.story) return {};
  return { storyRef: { externalId: value(form, "external"), url: value(form, "url"), title: value(form, "title") } };
}

function reset(form: HTMLFormElement): void {
  area(form).value = "";
  keyOf(form).value = "";
  form.classList.remove("open");
  const button = one(form, ".box-send .main");
  if (button && confirmed(form)) button.textContent = form.dataset["anyway"] ?? "";
  delete form.dataset["anyway"];
  clearErrors(form);
  for (const slot of all(form, "[data-preview-area], [data-left]")) slot.replaceChildren();
  grow(area(form));
}

/** Puts the reader's comment on the page at once and goes to it. */
async function show(d: Discussion, posted: Posted, parent: string): Promise<void> {
  const { id, state, editableUntil } = posted;
  if (state === "rejected") return d.news.say(d.say("rejected"));
  d.mine.push(id);
  const held = state === "held";
  const comment = await fetchComment(d, id);
  if (comment) {
    if (parent) comment.dataset["to"] = parent;
    place(d, comment);
    own(d, id, editableUntil);
    reveal(find(d, id) ?? comment);
  }
  d.news.say(d.say(held ? "awaiting" : "posted"));
  if (!held) recount(d);
  emit(d, "posted", { id, held, count: Number(d.section.dataset["count"]) });
}

/** Fetches one comment as its author sees it. */
export async function fetchComment(d: Discussion, id: string): Promise<HTMLElement | null> {
  return one<HTMLElement>(relate(await d.http.page(`${d.http.base}/c/${id}?part=comment`)), "li.comment");
}

function recount(d: Discussion): void {
  const n = Number(d.section.dataset["count"]) + 1;
  d.section.dataset["count"] = String(n);
  const heading = one(d.section, "[data-heading]");
  if (heading) heading.textContent = d.say("comments", { n });
  emit(d, "count", { count: n });
}
