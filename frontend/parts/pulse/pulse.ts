// Notices when something came, while the page is looked at: the server tells, or
// is asked now and then. What came waits behind a button: nothing moves under the
// reader.
import { comments, emit, find, idOf, place, relate, reveal, type Discussion } from "../../base/discussion.js";
import { all, one } from "../../base/dom.js";
import type { Signal, Stream } from "../../base/live.js";

interface Pulse {
  count: number;
  latest: string;
  new: number;
  replies: number;
}

const every = 30_000;
const slowest = 8 * every;
const largestPage = 100;

/** How long a reader must stay to be told, and then at most between two looks. */
const tuneIn = 1500;
const rest = 2000;

/** Keeps noticing until the discussion ends. */
export function attach(d: Discussion): void {
  let wait = every;
  let timer = 0;
  let tuned = false;
  let stream: Stream | undefined;
  const plan = (): void => {
    clearTimeout(timer);
    // Jitter keeps a crowd of readers from asking in the same second.
    timer = window.setTimeout(() => void beat(), wait * (0.8 + Math.random() * 0.4));
  };
  const beat = async (): Promise<void> => {
    tune();
    if (document.hidden || !navigator.onLine || !d.story || stream?.open) return plan();
    try {
      await ask(d);
      wait = every;
    } catch {
      wait = Math.min(wait * 2, slowest);
    }
    plan();
  };
  const hear = listener(d);
  const tune = (): void => {
    if (tuned || !d.story || d.ended.aborted) return;
    tuned = true;
    const follow = async (): Promise<void> => {
      const live = await import("../../base/live.js");
      stream = live.follow(`${d.http.base}/s/${d.story}/live`, hear, d.ended);
    };
    void follow().catch(() => {});
  };
  plan();
  const tuning = window.setTimeout(tune, tuneIn * (1 + Math.random()));
  document.addEventListener(
    "visibilitychange",
    () => {
      wait = every;
      if (!document.hidden) plan();
    },
    { signal: d.ended },
  );
  d.ended.addEventListener("abort", () => {
    clearTimeout(timer);
    clearTimeout(tuning);
  });
}

// Who may have been answered asks what came; for everybody else the number of
// comments says it, and a crowd of readers asks nothing.
function listener(d: Discussion): (signal?: Signal) => void {
  let timer = 0;
  let asked = -Infinity;
  let heard: number | undefined;
  const asks = (): boolean => heard === undefined || Boolean(d.overlay?.account) || d.mine.length > 0;
  const look = (): void => {
    timer = 0;
    if (!asks()) return compare(d, heard ?? 0);
    asked = performance.now();
    void ask(d).catch(() => {});
  };
  const hear = (signal?: Signal): void => {
    heard = signal?.count;
    // An own comment's signal may come before the answer that brings it.
    const soon = 100 + Math.random() * 400;
    timer ||= window.setTimeout(look, Math.max(soon, asks() ? asked + rest - performance.now() : 0));
  };
  d.entered.push((comment) => {
    if (d.mine.includes(idOf(comment))) hear();
  });
  d.ended.addEventListener("abort", () => clearTimeout(timer));
  return hear;
}

/** Compares how many comments there are with how many there were when the page was made. */
function compare(d: Discussion, n: number): void {
  tally(d, n);
  const known = Math.min(n, Number(d.section.dataset["known"]));
  d.section.dataset["known"] = String(known);
  tell(d, n - known, 0);
}

/** Notes how many comments there are. */
function tally(d: Discussion, n: number): void {
  const { dataset } = d.section;
  dataset["known"] ??= dataset["count"] ?? "0";
  if (String(n) === dataset["count"]) return;
  dataset["count"] = String(n);
  emit(d, "count", { count: n });
}

async function ask(d: Discussion): Promise<void> {
  const since = d.latest;
  const pulse = await d.http.json<Pulse>("GET", `/s/${d.story}/pulse?since=${since}`);
  if (since !== d.latest) return; // comments were loaded meanwhile
  tally(d, pulse.count);
  d.section.dataset["known"] = String(pulse.count - pulse.new);
  tell(d, pulse.new, pulse.replies);
}

/** Says how many came, and of these, how many answer the reader. */
function tell(d: Discussion, n: number, replies: number): void {
  const text = [d.say("news", { n })];
  if (replies) text.push(d.say("newsReplies", { n: replies }));
  const show = (): void => void load(d, n).catch((problem: Error) => d.news.say(problem.message));
  if (n) d.news.line("pulse", text.join(" · "), [[d.say("show"), show]]);
  else d.news.line("pulse", "");
}

// The flat view in time order has every new comment, wherever it belongs.
async function load(d: Discussion, n: number): Promise<void> {
  const since = d.latest;
  const size = [25, 50].find((size) => size >= n) ?? largestPage;
  const query = `view=conversation&order=newest&size=${size}&part=discussion`;
  const page = relate(await d.http.page(`${d.http.origin}${d.section.dataset["url"] ?? ""}?${query}`));
  d.section.dataset["known"] = one(page, "section.discussion")?.dataset["count"] ?? "";
  const fresh = all(page, "li.comment").filter((each) => idOf(each) > since && !find(d, idOf(each)));
  for (const comment of fresh.reverse()) {
    comment.dataset["new"] = "";
    place(d, comment);
  }
  d.news.line("pulse", "");
  d.news.say(d.say("loaded", { n: fresh.length }));
  const first = comments(d).find((each) => fresh.includes(each));
  if (first) reveal(first);
}
