// Inside a frame on another site: tells the page around how tall the
// discussion is and what happened, and takes its look.
import { one } from "../base/dom.js";
import { read, tell, type FromFrame, type FromHost, type Style } from "./messages.js";

const remembered = "parley:host";

/** Speaks with the page around, if the server has named its origin. */
export function attach(): void {
  const origin = hostOrigin();
  if (!origin) return;
  const say = (message: FromFrame): void => tell(window.parent, origin, message);
  addEventListener("message", (event) => {
    const message = read<FromHost>(event, window.parent, origin);
    if (message?.type === "style") wear(message);
    if (message?.type === "token") document.dispatchEvent(new CustomEvent("parley:token", { detail: message.token }));
  });
  document.addEventListener("parley:posted", (event) => say({ type: "posted", ...detail<{ id: string; count: number }>(event) }));
  document.addEventListener("parley:count", (event) => say({ type: "count", ...detail<{ count: number }>(event) }));
  document.addEventListener("parley:reveal", (event) => {
    say({ type: "navigate", top: Math.max(0, (event.target as Element).getBoundingClientRect().top + scrollY) });
  });
  const section = one(document, "section.discussion");
  say({ type: "ready", count: Number(section?.dataset["count"] ?? 0) });
  new ResizeObserver(() => say({ type: "height", height: document.body.offsetHeight })).observe(document.body);
}

const detail = <T>(event: Event): T => (event as CustomEvent<T>).detail;

// Pages one goes on to inside the frame do not name the host again.
function hostOrigin(): string {
  const { origin, host } = one(document, "section.discussion")?.dataset ?? {};
  const named = origin ?? (host && new URL(host).origin);
  try {
    if (named) sessionStorage.setItem(remembered, named);
    return named || (sessionStorage.getItem(remembered) ?? "");
  } catch {
    return named ?? "";
  }
}

function wear({ theme, properties }: Style): void {
  const root = document.documentElement;
  if (theme === "auto") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  for (const [name, value] of Object.entries(properties)) root.style.setProperty(name, value);
}
