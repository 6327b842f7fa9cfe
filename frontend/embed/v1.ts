// The one script tag. It stands on other people's pages: it adds one global
// name, two elements and nothing else, fetches only from where it came from,
// and breaks nothing when it fails.
import { Counter, count } from "./count.js";
import { mount as frame } from "./framed.js";
import { sameSite, tag } from "./host.js";
import { mayInline, mount as inline } from "./inline.js";

/** What a page may ask of the script: window.parley. */
export interface Parley {
  readonly version: 1;
  /** Loads every discussion again. */
  reload(): void;
  /** The number of comments of the story at an address. */
  count(url: string): Promise<number>;
}

declare global {
  interface Window {
    parley?: Parley;
  }
}

/** How near the viewport a discussion begins to load. */
const near = "800px";
const reserved = "24rem";

class DiscussionElement extends HTMLElement {
  static readonly observedAttributes = ["data-story-id", "data-url", "data-mode", "data-theme", "data-lang"];

  private end = new AbortController();
  private planned = false;
  private begun = false;
  // A root that stands here before us came with the page's own HTML, to be read
  // until the discussion that one can take part in is there.
  private included = Boolean(this.shadowRoot?.querySelector("section"));

  connectedCallback(): void {
    this.begun = true;
    this.style.display ||= "block";
    this.plan();
  }

  disconnectedCallback(): void {
    this.end.abort();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    // The attributes an element begins with are reported before it is connected.
    if (!this.begun || before === after) return;
    this.included = false;
    this.plan();
  }

  /** Begins again, once for any number of changes in one go. */
  plan(): void {
    if (this.planned) return;
    this.planned = true;
    queueMicrotask(() => {
      this.planned = false;
      this.end.abort();
      this.end = new AbortController();
      if (this.isConnected) this.wait();
    });
  }

  private wait(): void {
    this.reserve();
    if (this.dataset["lazy"] === "false") return this.start();
    const watch = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watch.disconnect();
        this.start();
      },
      { rootMargin: near },
    );
    watch.observe(this);
    this.end.signal.addEventListener("abort", () => watch.disconnect());
  }

  // The height stays reserved, so that nothing below moves; a page's own style rules.
  private reserve(): void {
    if (parseFloat(getComputedStyle(this).minHeight) > 0) return;
    this.style.minHeight = this.included ? `${this.offsetHeight}px` : reserved;
  }

  private start(): void {
    const { signal } = this.end;
    const mode = this.dataset["mode"] ?? tag.dataset["mode"] ?? (sameSite() ? "inline" : "frame");
    if (mode !== "inline" || !mayInline()) return this.frame(signal);
    // A page that keeps us from fetching may still let us frame.
    inline(this, signal).catch(() => {
      if (!signal.aborted) this.frame(signal);
    });
  }

  // An element with a shadow root shows that and not its children.
  private frame(signal: AbortSignal): void {
    this.shadowRoot?.replaceChildren(document.createElement("slot"));
    frame(this, signal);
  }
}

function begin(): void {
  customElements.define("parley-discussion", DiscussionElement);
  customElements.define("parley-count", Counter);
  window.parley = {
    version: 1,
    reload() {
      for (const each of document.querySelectorAll<DiscussionElement>("parley-discussion")) each.plan();
    },
    count,
  };
  // The tag alone is enough: the discussion then stands right after it. A page
  // still being read may bring the element yet, and one with counters only wants none.
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", create);
  else create();
}

function create(): void {
  if (document.querySelector("parley-discussion, parley-count")) return;
  if (!tag.isConnected || tag.closest("head")) return;
  const node = document.createElement("parley-discussion");
  for (const [name, value] of Object.entries(tag.dataset)) if (name !== "site") node.dataset[name] = value;
  tag.after(node);
}

// The tag may stand on a page twice, and a page may be older than this script needs.
if (window.customElements && !customElements.get("parley-discussion")) begin();
