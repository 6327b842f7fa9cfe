// What is personal comes after the page that is the same for everybody: own
// votes, own comments, and those still awaiting review.
import { place, relate, type Discussion, type Overlay } from "../../base/discussion.js";
import { all, one } from "../../base/dom.js";
import { parse } from "../../base/html.js";
import { cookie } from "../../base/memory.js";
import { mark } from "./own.js";

/** Marks what is the reader's, now and when more comments come. */
export async function attach(d: Discussion): Promise<void> {
  d.entered.push((comment) => mark(d, comment));
  if ("personal" in d.section.dataset || !d.story || !known(d)) return;
  if (d.http.origin === location.origin) remember();
  await refresh(d).catch(() => {});
}

/** Asks again, after the reader's first act. */
export async function refresh(d: Discussion): Promise<void> {
  const overlay = await d.http.json<Overlay>("GET", `/s/${d.story}/overlay`);
  if (!overlay.account) return;
  d.overlay = overlay;
  ring(overlay.unseen);
  greet(d, overlay.account);
  for (const { html } of overlay.held) {
    const comment = one(relate(parse(html, d.http.origin)), "li.comment");
    if (comment) place(d, comment);
  }
  for (const comment of all(d.section, "li.comment")) mark(d, comment);
  fillByline(d, overlay);
  d.section.dispatchEvent(new Event("parley-overlay"));
}

// The bell in the masthead; there is none in a frame.
function ring(n: number): void {
  const bell = one(document, "[data-bell]");
  const count = bell && one(bell, "[data-bell-count]");
  if (!bell || !count) return;
  bell.hidden = false;
  count.hidden = n === 0;
  count.textContent = n > 99 ? "99+" : String(n);
}

// From a shadow root on another origin the hint is out of sight: ask.
const known = (d: Discussion): boolean => cookie("parley-known") || d.http.origin !== location.origin;

// The server may send this reader the public page; the rest is fetched here.
function remember(): void {
  const across = window.parent === window ? "SameSite=Lax" : "SameSite=None; Secure; Partitioned";
  document.cookie = `parley-js=1; Path=/; Max-Age=31536000; ${across}`;
}

// Who has signed in is not asked to; on our own pages the masthead says the name.
function greet(d: Discussion, { name, role }: NonNullable<Overlay["account"]>): void {
  if (role === "guest") return;
  for (const line of all(d.section, "[data-signin-line]")) line.remove();
  const link = d.root === document ? one<HTMLAnchorElement>(document, ".masthead [data-signin]") : null;
  if (!link) return;
  link.href = new URL(d.http.base + "/me", location.href).href;
  if (name) link.textContent = name;
}

function fillByline(d: Discussion, { byline, account }: Overlay): void {
  const form = one<HTMLFormElement>(d.section, "form[data-box]");
  const kind = byline && form && one<HTMLInputElement>(form, `[name=byline][value="${byline.kind}"]`);
  if (kind) kind.checked = true;
  const name = form && one<HTMLInputElement>(form, "[name=name]");
  if (name && !name.value) name.value = byline?.name || account?.name || "";
}
