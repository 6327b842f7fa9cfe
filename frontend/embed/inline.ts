// Inline mode: the same HTML in a shadow root of this page, for publishers who
// run Parley on their own site.
import { base, langOf, onTheme, origin, storyOf, themeOf, tokenOf } from "./host.js";

interface Policy {
  createHTML(text: string): string;
}

interface Site {
  attach(root: ShadowRoot, origin: string, policy?: Policy): () => void;
}

/** What a page may style with ::part(). */
const parts: Record<string, string> = {
  discussion: ".discussion",
  heading: "[data-heading]",
  box: "form[data-box]",
  thread: "[data-thread]",
  news: "[data-news]",
  more: ".discussion-more",
};

let policy: Policy | null | undefined;

/** The one policy of this script, made when first needed; null if the page refuses it. */
function ours(): Policy | null {
  if (policy !== undefined) return policy;
  const pass: Policy = { createHTML: (text) => text };
  const { trustedTypes } = window as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } };
  try {
    policy = trustedTypes ? trustedTypes.createPolicy("parley-embed", pass) : pass;
  } catch {
    policy = null;
  }
  return policy;
}

/** Whether the page lets us put HTML into it. */
export const mayInline = (): boolean => ours() !== null;

/** Puts the discussion into the element's shadow root, in place of what the server included there. */
export async function mount(node: HTMLElement, ended: AbortSignal): Promise<void> {
  const root = node.shadowRoot ?? node.attachShadow({ mode: "open" });
  const wear = (): void => void (node.style.colorScheme = themeOf(node));
  wear();
  onTheme(wear, ended);
  await fill(node, root, ended);
  if (ended.aborted) return;
  const script = root.querySelector<HTMLLinkElement>("link[rel=modulepreload]");
  if (!script) throw new Error("no script is named");
  const coming = import(script.href) as Promise<Site>;
  const answer = hold(root);
  const site = await coming;
  if (ended.aborted) return;
  const end = site.attach(root, origin, ours() ?? undefined);
  ended.addEventListener("abort", end);
  answer();
  if (tokenOf(node)) root.dispatchEvent(new CustomEvent("parley:token", { detail: tokenOf(node) }));
}

/** Milliseconds that a press waits for the script that would answer it in place. */
const patience = 3000;

// What is pressed before the script is here would lead away from the page around:
// it waits for the script, and does without it if that takes too long.
function hold(root: ShadowRoot): () => void {
  let here = (): void => {};
  const over = new AbortController();
  const soon = new Promise<void>((done) => (here = done)).then(() => over.abort());
  root.addEventListener(
    "click",
    (event) => {
      const { ctrlKey, metaKey, shiftKey, altKey } = event as MouseEvent;
      const pressed = (event.target as Element).closest<HTMLElement>("a[href], button");
      if (!pressed || ctrlKey || metaKey || shiftKey || altKey) return;
      event.preventDefault();
      setTimeout(here, patience);
      void soon.then(() => pressed.click());
    },
    { signal: over.signal },
  );
  return here;
}

async function fill(node: HTMLElement, root: ShadowRoot, ended: AbortSignal): Promise<void> {
  const query = new URLSearchParams({ ...storyOf(node), lang: langOf(node), format: "html" });
  const answer = await fetch(`${base}/embed/v1/discussion?${query}`, { credentials: "include", signal: ended });
  if (!answer.ok) throw new Error(answer.statusText);
  const template = document.createElement("template");
  template.innerHTML = ours()?.createHTML(await answer.text()) ?? "";
  for (const link of template.content.querySelectorAll("link")) {
    link.href = new URL(link.getAttribute("href") ?? "", origin).href;
  }
  name(template.content);
  const before = [...root.childNodes];
  await dress(root, template.content);
  for (const node of before) node.remove();
  root.append(template.content);
}

// The style comes first: what shows without it would move when it comes.
async function dress(root: ShadowRoot, content: DocumentFragment): Promise<void> {
  const style = content.querySelector<HTMLLinkElement>("link[rel=stylesheet]");
  if (!style) return;
  await new Promise((done) => {
    style.onload = style.onerror = done;
    root.prepend(style);
  });
}

function name(nodes: ParentNode): void {
  for (const [part, selector] of Object.entries(parts)) nodes.querySelector(selector)?.setAttribute("part", part);
}
