// Frame mode: the discussion in an iframe of Parley's own origin, where no
// script of this page can act as the reader.
import { base, langOf, onTheme, origin, storyOf, themeOf, tokenOf } from "./host.js";
import { read, tell, type FromFrame } from "./messages.js";

/** The names of the custom properties a page may set; the build reads them from tokens.css. */
declare const PROPERTIES: readonly string[];

/** Puts the frame into an element and keeps both in step until ended. */
export function mount(node: HTMLElement, ended: AbortSignal): void {
  const frame = document.createElement("iframe");
  const story = storyOf(node);
  const query = new URLSearchParams({ ...story, theme: themeOf(node), lang: langOf(node), origin: location.origin });
  frame.src = `${base}/embed/v1/frame?${query}`;
  frame.title = node.dataset["label"] || story.title;
  frame.setAttribute("part", "frame");
  Object.assign(frame.style, { width: "100%", border: "0", display: "block", colorScheme: "auto", minHeight: "inherit" });
  const look = (): void => tell(frame.contentWindow, origin, { type: "style", theme: themeOf(node), properties: properties(node) });
  onTheme(look, ended);
  addEventListener("message", (event) => hear(node, frame, look, event), { signal: ended });
  node.replaceChildren(frame);
}

function hear(node: HTMLElement, frame: HTMLIFrameElement, look: () => void, event: MessageEvent): void {
  const message = read<FromFrame>(event, frame.contentWindow, origin);
  switch (message?.type) {
    case "height":
      frame.style.height = message.height + "px";
      break;
    case "navigate":
      bring(frame.getBoundingClientRect().top + message.top);
      break;
    case "ready":
      look();
      if (tokenOf(node)) tell(frame.contentWindow, origin, { type: "token", token: tokenOf(node) });
      emit(node, "ready", { count: message.count });
      break;
    case "count":
      emit(node, "count", { count: message.count });
      break;
    case "posted":
      emit(node, "posted", { id: message.id, count: message.count });
  }
}

const emit = (node: HTMLElement, name: string, detail: object): void =>
  void node.dispatchEvent(new CustomEvent("parley:" + name, { detail, bubbles: true }));

// Inside, everything is in view; out here the reader may be far from it.
function bring(top: number): void {
  if (top < 0 || top > innerHeight * 0.8) scrollBy({ top: top - innerHeight / 3 });
}

function properties(node: HTMLElement): Record<string, string> {
  const style = getComputedStyle(node);
  const set = PROPERTIES.map((name): [string, string] => [name, style.getPropertyValue(name).trim()]);
  return Object.fromEntries(set.filter(([, value]) => value));
}
