// Asks now and then whether something came, while the page is looked at. What
// came waits behind a button: nothing moves under the reader.
import { comments, emit, find, idOf, place, relate, reveal, type Discussion } from "../../base/discussion.js";
import { all } from "../../base/dom.js";

interface Pulse {
  count: number;
  latest: string;
  new: number;
  replies: number;
}

const every = 30_000;
const slowest = 8 * every;
const largestPage = 100;

/** Keeps asking until the discussion ends. */
export function attach(d: Discussion): void {
  let wait = every;
  let timer = 0;
  const plan = (): void => {
    clearTimeout(timer);
    // Jitter keeps a crowd of readers from asking in the same second.
    timer = window.setTimeout(() => void beat(), wait * (0.8 + Math.random() * 0.4));
  };
  const beat = async (): Promise<void> => {
    if (document.hidden || !navigator.onLine || !d.story) return plan();
    try {
      await ask(d);
      wait = every;
    } catch {
      wait = Math.min(wait * 2, slowest);
    }
    plan();
  };
  plan();
  document.addEventListener(
    "visibilitychange",
    () => {
      wait = every;
      if (!document.hidden) plan();
    },
    { signal: d.ended },
  );
  d.ended.addEventListener("abort", () => clearTimeout(timer));
}

async function ask(d: Discussion): Promise<void> {
  const since = d.latest;
  const pulse = await d.http.json<Pulse>("GET", `/s/${d.story}/pulse?since=${since}`);
  if (since !== d.latest) return; // comments were loaded meanwhile
  if (String(pulse.count) !== d.section.dataset["count"]) {
    d.section.dataset["count"] = String(pulse.count);
    emit(d, "count", { count: pulse.count });
  }
  const text = [d.say("news", { n: pulse.new })];
  if (pulse.replies) text.push(d.say("newsReplies", { n: pulse.replies }));
  const show = (): void => void load(d, pulse.new).catch((problem: Error) => d.news.say(problem.message));
  if (pulse.new) d.news.line("pulse", text.join(" · "), [[d.say("show"), show]]);
  else d.news.line("pulse", "");
}

// The flat view in time order has every new comment, wherever it belongs.
async function load(d: Discussion, n: number): Promise<void> {
  const since = d.latest;
  const size = [25, 50].find((size) => size >= n) ?? largestPage;
  const query = `view=conversation&order=newest&size=${size}&part=discussion`;
  const page = relate(await d.http.page(`${d.http.origin}${d.section.dataset["url"] ?? ""}?${query}`));
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
