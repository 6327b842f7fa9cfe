// The line at the top that says what happened. It is a live region and out of
// the flow, so that nothing moves when it speaks.
import { button, make, one } from "../../base/dom.js";

const stays = 8000;

/** An act offered with a message. */
export type Offer = [text: string, press: () => void];

export class News {
  private timer = 0;

  constructor(private readonly box: HTMLElement) {}

  /** Says something that passes. */
  say(text: string): void {
    this.line("said", text);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.line("said", ""), stays);
  }

  /** Shows a line that stays until it has neither a text nor an offer. */
  line(name: string, text: string, offers: Offer[] = []): void {
    let line = one(this.box, `.news-${name}`);
    if (!text && !offers.length) return line?.remove();
    if (!line) this.box.append((line = make("p", "news-line news-" + name)));
    const acts = offers.map(([label, press]) => button("news-act", label, press));
    line.replaceChildren(...(text ? [make("span", "", text)] : []), ...acts);
  }
}
