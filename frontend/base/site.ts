// The script of every page. It finds the discussion and the desk and makes
// what works already quicker. Writing and moderating are loaded when wanted.
import { draftsKey, emit, relate, type Discussion } from "./discussion.js";
import { on, modified, one } from "./dom.js";
import { Http } from "./http.js";
import { absolutise, usePolicy, type Policy } from "./html.js";
import { keep, recall } from "./memory.js";
import { words, type Words } from "./words.js";
import * as fold from "../parts/fold/fold.js";
import * as more from "../parts/more/more.js";
import * as mute from "../parts/mute/mute.js";
import { News } from "../parts/news/news.js";
import * as overlay from "../parts/overlay/overlay.js";
import * as parent from "../parts/parent/parent.js";
import * as prefs from "../parts/prefs/prefs.js";
import * as pulse from "../parts/pulse/pulse.js";
import * as unread from "../parts/unread/unread.js";
import * as vote from "../parts/vote/vote.js";

type Root = Document | ShadowRoot;

/**
 * Attaches to the discussion in a document or in the shadow root of a host
 * page. Origin is where Parley runs; policy is the host page's, if it has one.
 * The function returned ends everything the scripts started.
 */
export function attach(root: Root, origin = location.origin, policy?: Policy): () => void {
  if (policy) usePolicy(policy);
  const section = one(root, "section.discussion[data-base]");
  return section ? begin(root, section, origin, words(root)) : () => {};
}

function begin(root: Root, section: HTMLElement, origin: string, spoken: Words): () => void {
  absolutise(section, origin);
  const end = new AbortController();
  let renewals = 0;
  const { say, locale, figure } = spoken;
  const base = new URL(section.dataset["base"] ?? "", origin).href.replace(/\/$/, "");
  const d: Discussion = {
    root,
    section: relate(section),
    http: new Http(base, locale, say),
    say,
    figure,
    news: new News(one(section, "[data-news]") ?? section),
    story: section.dataset["story"] ?? "",
    latest: section.dataset["latest"] ?? "",
    mine: [],
    overlay: null,
    entered: [],
    ended: end.signal,
    async renew(choice) {
      const url = new URL(section.dataset["url"] ?? "", origin);
      url.search = `${choice}&part=discussion`;
      const asked = ++renewals;
      const fresh = one(await d.http.page(url.href), "section.discussion");
      if (asked !== renewals) return; // another choice was made meanwhile
      if (!fresh) throw new Error(url.href);
      const focused = (root.activeElement as HTMLSelectElement | null)?.name;
      end.abort();
      section.replaceWith(fresh);
      begin(root, fresh, origin, spoken);
      if (focused) one(fresh, `select[name="${focused}"]`)?.focus();
    },
  };
  for (const part of [fold, parent, vote, more, mute, unread, pulse, prefs]) part.attach(d);
  const known = overlay.attach(d);
  known.then(() => emit(d, "ready", { count: Number(section.dataset["count"]) }), () => {});
  writeWhenWanted(d);
  const again = (): Promise<void> => (d.story ? overlay.refresh(d) : Promise.resolve());
  on<HTMLAnchorElement>(d.section, "click", "[data-signin]", (link, event) => {
    if (modified(event) || !crypto.subtle) return;
    event.preventDefault();
    void import("../parts/signin/window.js").then((signin) => signin.open(d, again)).catch(() => open(link.href));
  });
  const vouch = (event: Event): void => {
    const token = String((event as CustomEvent<unknown>).detail);
    void known.then(() => import("../parts/signin/window.js")).then((signin) => signin.vouch(d, token, again));
  };
  root.addEventListener("parley:token", vouch, { signal: d.ended });
  return () => end.abort();
}

/** Milliseconds that a press or a comment waits for the script that would answer it in place. */
const patience = 3000;

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

// Writing is half of the script: it comes with the first sign of interest.
function writeWhenWanted(d: Discussion): void {
  let loaded = false;
  let attached = false;
  let sent = false;
  let loading: Promise<void> | undefined;
  const load = (): Promise<void> =>
    (loading ??= import("./write.js")
      .then((write) => {
        write.attach(d);
        attached = true;
      })
      .catch(() => {})
      .finally(() => (loaded = true)));
  const soon = (): Promise<unknown> => Promise.race([load(), wait(patience)]).then(() => (loaded = true));
  for (const type of ["pointerdown", "pointerover", "focusin"]) {
    d.section.addEventListener(type, () => void load(), { once: true, passive: true });
  }
  // A press that comes before the script is not lost: it waits, or does without it if that takes too long.
  on(d.section, "click", ".comment-acts a", (link, event) => {
    if (loaded || modified(event)) return;
    event.preventDefault();
    void soon().then(() => link.click());
  });
  // Nor is a comment.
  on<HTMLFormElement>(d.section, "submit", "form[data-box]", (form, event) => {
    if (loaded) return;
    event.preventDefault();
    void soon().then(() => {
      if (sent) return;
      sent = true;
      form.requestSubmit((event as SubmitEvent).submitter);
    });
  });
  if (recall(draftsKey(d))) void load();
  // Nor is what was written before it, if the reader leaves so soon.
  const leave = (): void => void (attached || sent || keepDraft(d));
  window.addEventListener("pagehide", leave, { signal: d.ended });
}

/** Keeps what stands in the box as its draft, in the shape of Draft in parts/box/draft.ts. */
function keepDraft(d: Discussion): void {
  const box = one<HTMLFormElement>(d.section, "form[data-box]");
  const { text, byline, name } = Object.fromEntries(new FormData(box ?? undefined));
  if (!String(text ?? "").trim()) return;
  keep(draftsKey(d), { ...recall<object>(draftsKey(d)), "": { text, byline, name: name ?? "", key: "" } });
}

if (window.parent !== window) void import("../embed/frame.js").then((frame) => frame.attach());
if (one(document, "[data-desk], [data-job]")) void import("../pages/desk/desk.js").then((desk) => desk.attach(words(document)));
else attach(document);
if (one(document, "[data-front]")) void import("../pages/front/front.js").then((front) => front.attach(words(document)));
if (one(document, "[data-passkey], [data-handoff]")) void import("../pages/signin/signin.js").then((signin) => signin.attach(words(document)));
