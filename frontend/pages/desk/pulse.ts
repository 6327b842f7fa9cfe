// What colleagues do meanwhile, while the page is looked at: as soon as the server
// tells, else every two seconds.
import { all, one } from "../../base/dom.js";
import { follow, type Stream } from "../../base/live.js";

/** How one card stands. */
export interface Standing {
  state: string;
  here: boolean;
  seen: string;
  by?: string;
  verb?: string;
  taken?: string;
}

interface Answer {
  counts: Record<string, string>;
  cards: Record<string, Standing>;
}

const every = 2000;
/** What nobody tells, as that a claim has run out, is seen after this long. */
const slowly = 10_000;
/** How long a page must stay to be told. */
const tuneIn = 1500;
const claimEvery = 25_000;

export class Pulse {
  private timer = 0;
  private claimTimer = 0;
  private claimed = "";
  private asking = false;
  private again = false;
  private stream: Stream | undefined;

  constructor(
    private readonly desk: HTMLElement,
    private readonly told: (cards: Record<string, Standing>, counts: Record<string, string>) => void,
  ) {
    document.addEventListener("visibilitychange", () => this.poke());
    addEventListener("pagehide", () => this.claim(""));
    this.poke();
    const live = `${desk.dataset["base"]}/desk/live`;
    setTimeout(() => (this.stream = follow(live, () => this.poke())), tuneIn);
  }

  /** Asks now, and from then on now and then. */
  poke(): void {
    clearTimeout(this.timer);
    if (document.hidden) return;
    this.timer = window.setTimeout(() => this.poke(), this.stream?.open ? slowly : every);
    this.again = this.asking;
    if (this.asking) return;
    this.asking = true;
    void this.ask().finally(() => {
      this.asking = false;
      if (this.again) this.poke();
    });
  }

  private async ask(): Promise<void> {
    const ids = all(this.desk, "[data-card]").slice(0, 100).map((card) => card.dataset["card"]);
    const url = `${this.desk.dataset["pulse"]}&ids=${ids.join("+")}`;
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const { counts, cards } = (await answer.json()) as Answer;
    for (const node of all(document, "[data-count]")) {
      const figure = counts[node.dataset["count"] ?? ""];
      if (figure === undefined) continue;
      node.textContent = figure;
      node.hidden = !figure;
    }
    this.told(cards, counts);
  }

  /** Tells colleagues which card is looked at; nothing lets go. */
  look(card: HTMLElement | undefined): void {
    const id = card?.dataset["card"] ?? "";
    if (id === this.claimed) return;
    clearTimeout(this.claimTimer);
    // Who leafs through quickly claims nothing on the way.
    this.claimTimer = window.setTimeout(() => this.keepClaim(id), 250);
  }

  private keepClaim(id: string): void {
    this.claim(id);
    if (id) this.claimTimer = window.setTimeout(() => (document.hidden ? undefined : this.keepClaim(id)), claimEvery);
  }

  private claim(comment: string): void {
    if (!comment && !this.claimed) return;
    this.claimed = comment;
    const body = new URLSearchParams({ comment });
    void fetch(`${this.desk.dataset["base"]}/desk/claims`, { method: "POST", body, keepalive: true }).catch(() => null);
  }
}

/** Shows on a card who is looking at it. */
export function showTaken(card: HTMLElement, text: string): void {
  card.classList.toggle("taken", text !== "");
  const line = one(card, "[data-claim]");
  if (line && line.textContent !== text) line.textContent = text;
}
