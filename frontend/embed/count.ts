// <parley-count>: how many comments a story has. All of a page are asked for
// in one request.
import { absolute, base, langOf } from "./host.js";

/** The request stays below what proxies accept in an address. */
const longest = 6000;

const waiting = new Map<string, Set<Counter>>();
const known = new Map<string, Promise<number>>();
let planned = 0;

/** A counter; "data-one", "data-other" and so on give it words: "{n} comments". */
export class Counter extends HTMLElement {
  static readonly observedAttributes = ["data-url", "data-story-id"];

  connectedCallback(): void {
    const { storyId, url } = this.dataset;
    const query = storyId ? "id=" + encodeURIComponent(storyId) : "url=" + encodeURIComponent(absolute(url || location.href));
    const same = waiting.get(query);
    if (same) same.add(this);
    else waiting.set(query, new Set([this]));
    planned ||= window.setTimeout(askAll);
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.connectedCallback();
  }

  show(n: number): void {
    const lang = langOf(this) || "en";
    const words = this.dataset[new Intl.PluralRules(lang).select(n)] ?? this.dataset["other"] ?? "{n}";
    this.textContent = words.replace("{n}", new Intl.NumberFormat(lang).format(n));
    this.dispatchEvent(new CustomEvent("parley:count", { detail: { count: n }, bubbles: true }));
  }
}

/** The number of comments of a story by its address. */
export function count(url: string): Promise<number> {
  const key = absolute(url);
  const asked = known.get(key) ?? ask(["url=" + encodeURIComponent(key)]).then((counts) => counts[key] ?? 0);
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  return asked;
}

function askAll(): void {
  planned = 0;
  const asked = [...waiting];
  waiting.clear();
  let batch: typeof asked = [];
  let length = 0;
  for (const each of asked) {
    if (length + each[0].length > longest) {
      void fill(batch);
      batch = [];
      length = 0;
    }
    batch.push(each);
    length += each[0].length + 1;
  }
  void fill(batch);
}

async function fill(batch: [string, Set<Counter>][]): Promise<void> {
  if (!batch.length) return;
  const counts = await ask(batch.map(([query]) => query)).catch(() => null);
  if (!counts) return; // what the page printed itself stays
  for (const [query, counters] of batch) {
    const n = counts[decodeURIComponent(query.slice(query.indexOf("=") + 1))] ?? 0;
    for (const counter of counters) counter.show(n);
  }
}

async function ask(queries: string[]): Promise<Record<string, number>> {
  const answer = await fetch(`${base}/embed/v1/counts?${queries.join("&")}`, { credentials: "omit" });
  if (!answer.ok) throw new Error(answer.statusText);
  return ((await answer.json()) as { counts: Record<string, number> }).counts;
}
